//! From Markdown to the tree of plain values that the template shows.
//!
//! Values and not Typst markup: what an author writes is never parsed a second time, so
//! nothing needs escaping. No function here calls itself: nesting lives on a `Vec`.

mod blocks;
mod builder;
mod census;
mod code;
mod columns;
mod finished;
mod frame;
mod line;
mod link;
mod node;
mod notes;
mod outline;
#[cfg(test)]
mod tests;
mod words;

use pulldown_cmark::Event;
use typst::foundations::{Array, Dict, Value, dict};

use self::builder::Builder;
use self::notes::Notes;
use self::outline::Outline;
use crate::document::Request;
use crate::failure::Failure;
use crate::picture::Pictures;
use crate::{limits, markdown, text};

/// Everything the template needs: `title`, `head`, `titled`, `notes` and `body`.
///
/// # Errors
/// The first of the [`limits`] that the document exceeds.
pub(crate) fn map(request: &Request) -> Result<Dict, Failure> {
    let events = markdown::events(&request.markdown)?;
    census::check(&events)?;
    let pictures = Pictures::examine(&events, &request.images)?;
    let title = title(&request.title);
    let (body, notes, titled) = tree(&events, &pictures, &title);
    let head = text::shortened(&title, limits::HEAD_BYTES);
    Ok(dict! {
        "title" => title,
        "head" => head,
        "titled" => titled,
        "notes" => notes,
        "body" => body,
    })
}

/// The body, the footnotes in order of their first reference, and whether the body begins
/// with the title itself.
fn tree(events: &[Event<'_>], pictures: &Pictures, title: &str) -> (Array, Array, bool) {
    let notes = Notes::find(events);
    let outline = Outline::of(events, &notes);
    let mut builder = Builder::new(events, &notes, &outline, pictures);
    let body = builder.build(0..events.len());
    let mut bodies = Array::new();
    // References within a footnote are plain marks, so building one never adds another.
    for range in builder.referenced_notes() {
        bodies.push(Value::Array(builder.build_note(range)));
    }
    let titled = outline.begins_with(events, title);
    (body, bodies, titled)
}

/// A PDF that is accessible has a title, so an empty one is replaced.
fn title(given: &str) -> String {
    let clean = text::prose(given, limits::RUN_CHARS);
    match text::shortened(clean.trim(), limits::TITLE_BYTES) {
        empty if empty.is_empty() => "Untitled document".to_owned(),
        title => title,
    }
}
