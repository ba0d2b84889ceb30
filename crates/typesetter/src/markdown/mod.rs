//! Markdown parser: returns the events of a document, and rejects a document with too many events.
//!
//! The PDF and the preview use the same events.

mod autolinks;
mod bare_links;
mod front_matter;
mod line_breaks;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TextMergeWithOffset};
use uuid::Uuid;

use self::bare_links::Located;
pub use self::front_matter::FrontMatter;
use crate::{error::TypesetError, limits};

/// Schemes of the permitted links: web pages and e-mail addresses.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Returns the events of a whole document without its front matter.
///
/// Bare URLs and e-mail addresses are links. `<br>` is a line break, and HTML comments are removed.
///
/// # Errors
/// Returns an error if the document has too many bytes, elements or levels of nesting.
pub fn events(markdown: &str) -> Result<Vec<Event<'_>>, TypesetError> {
    if markdown.len() > limits::MARKDOWN_BYTES {
        let maximum = limits::MARKDOWN_BYTES;
        return Err(TypesetError::too_complex("markdown_bytes", maximum, "bytes of Markdown"));
    }
    let (_, text) = front_matter::split(markdown);
    Ok(line_breaks::convert(linked(text)?))
}

/// Returns the events of a text. Bare URLs and e-mail addresses are links.
fn linked(markdown: &str) -> Result<Vec<Event<'_>>, TypesetError> {
    let events = parse(markdown)?;
    let links = bare_links::find(markdown, &events);
    if links.is_empty() {
        return Ok(without_positions(events));
    }
    let (text, positions) = bare_links::replace(markdown, &links);
    let linked = bare_links::restore(markdown, parse(&text)?, &links, &positions);
    Ok(linked.unwrap_or_else(|| without_positions(events)))
}

/// Parses a document. Checks the limits while parsing, so that a hostile document takes little time.
fn parse(markdown: &str) -> Result<Vec<Located<'_>>, TypesetError> {
    let mut events = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in parser(markdown) {
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
        events.push((event, range));
    }
    Ok(events)
}

fn without_positions(events: Vec<Located<'_>>) -> Vec<Event<'_>> {
    events.into_iter().map(|(event, _)| event).collect()
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

/// Returns the complete URL of a link, or `None` if the PDF and the preview must not contain the link.
///
/// Permits web pages and e-mail addresses. Rejects for example `javascript:`, `file:` and `data:`.
#[must_use]
pub fn external_url(kind: LinkType, url: &str) -> Option<String> {
    let url = if kind == LinkType::Email { format!("mailto:{url}") } else { url.to_owned() };
    let is_permitted = |scheme: &&str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    };
    let is_valid = url.len() <= limits::LINK_BYTES && !url.contains(|c: char| c.is_control());
    (is_valid && SCHEMES.iter().any(is_permitted)).then_some(url)
}

fn parser(markdown: &str) -> impl Iterator<Item = Located<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    TextMergeWithOffset::new(Parser::new_ext(markdown, options).into_offset_iter())
}
