//! Markdown parser: returns the events of a document, and rejects a document with too many events.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeStream};
use uuid::Uuid;

use crate::{error::TypesetError, limits};

/// Returns the events of a whole document.
///
/// # Errors
/// Returns an error if the document has too many bytes, elements or levels of nesting.
pub fn events(markdown: &str) -> Result<Vec<Event<'_>>, TypesetError> {
    if markdown.len() > limits::MARKDOWN_BYTES {
        let maximum = limits::MARKDOWN_BYTES;
        return Err(TypesetError::too_complex("markdown_bytes", maximum, "bytes of Markdown"));
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
            let maximum = limits::NESTING;
            return Err(TypesetError::too_complex("nesting", maximum, "levels of nesting"));
        }
        if events.len() == limits::ELEMENTS {
            let maximum = limits::ELEMENTS;
            return Err(TypesetError::too_complex("elements", maximum, "Markdown elements"));
        }
        events.push(event);
    }
    Ok(events)
}

/// Returns the upload IDs of `![alt](upload:ID)`, sorted and without duplicates.
///
/// Returns at most [`limits::IMAGES`] IDs. Returns no IDs if [`render`](crate::render) would reject the Markdown text.
#[must_use]
pub fn image_references(markdown: &str) -> Vec<Uuid> {
    let Ok(events) = events(markdown) else {
        return Vec::new();
    };
    let ids: BTreeSet<Uuid> = events.iter().filter_map(image_id).collect();
    ids.into_iter().take(limits::IMAGES).collect()
}

/// Returns the ID of the upload that the event embeds, or `None` if the event embeds no upload.
pub(crate) fn image_id(event: &Event<'_>) -> Option<Uuid> {
    match event {
        Event::Start(Tag::Image { dest_url, .. }) => upload_id(dest_url),
        _ => None,
    }
}

/// Parses a URL of the form `upload:UUID` with a hyphenated UUID. Returns `None` for any other URL.
#[must_use]
pub fn upload_id(url: &str) -> Option<Uuid> {
    let id = url.strip_prefix("upload:").filter(|id| id.len() == 36)?;
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
