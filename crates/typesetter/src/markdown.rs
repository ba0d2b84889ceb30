//! Reads Markdown into events and refuses what has too many of them.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeStream};
use uuid::Uuid;

use crate::failure::Failure;
use crate::limits;

/// Parses a whole document.
///
/// # Errors
/// Too many bytes, elements or levels.
pub fn events(markdown: &str) -> Result<Vec<Event<'_>>, Failure> {
    if markdown.len() > limits::MARKDOWN_BYTES {
        let most = limits::MARKDOWN_BYTES;
        return Err(Failure::too_complex("markdown_bytes", most, "bytes of Markdown"));
    }
    let mut events = Vec::new();
    let mut depth = 0_usize;
    for event in parser(markdown) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::NESTING {
            let most = limits::NESTING;
            return Err(Failure::too_complex("nesting", most, "levels of nesting"));
        }
        if events.len() == limits::ELEMENTS {
            let most = limits::ELEMENTS;
            return Err(Failure::too_complex("elements", most, "Markdown elements"));
        }
        events.push(event);
    }
    Ok(events)
}

/// The uploads that `![alt](upload:ID)` names, each once, in order of their ids.
///
/// At most [`limits::IMAGES`]; empty for a text that [`render`](crate::render) refuses anyway.
#[must_use]
pub fn image_references(markdown: &str) -> Vec<Uuid> {
    let Ok(events) = events(markdown) else {
        return Vec::new();
    };
    let ids: BTreeSet<Uuid> = events.iter().filter_map(image_id).collect();
    ids.into_iter().take(limits::IMAGES).collect()
}

/// The upload that this event places, if it places one.
pub(crate) fn image_id(event: &Event<'_>) -> Option<Uuid> {
    match event {
        Event::Start(Tag::Image { dest_url, .. }) => upload_id(dest_url),
        _ => None,
    }
}

/// `upload:` and a hyphenated id, nothing else.
#[must_use]
pub fn upload_id(address: &str) -> Option<Uuid> {
    let id = address.strip_prefix("upload:").filter(|id| id.len() == 36)?;
    Uuid::try_parse(id).ok()
}

fn parser(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    TextMergeStream::new(Parser::new_ext(markdown, options))
}
