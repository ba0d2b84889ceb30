//! Mapper: converts Markdown to a tree of plain values. The template renders the tree.
//!
//! The tree contains values instead of Typst markup. Typst therefore does not parse an author's text, and
//! nothing needs escaping.
//!
//! A `Vec` contains the open blocks. No function is recursive, so that nested blocks cannot overflow the stack.

mod blocks;
mod builder;
mod code;
mod column_widths;
mod complexity;
mod containers;
mod footnotes;
mod headings;
mod inlines;
mod link;
mod open_image;
mod paragraph;
#[cfg(test)]
mod tests;
mod typst_nodes;

use pulldown_cmark::Event;
use typst::foundations::{Array, Dict, IntoValue, Value, dict};

use self::builder::Builder;
use self::footnotes::Footnotes;
use self::headings::Headings;
use crate::markdown::{self, FrontMatter};
use crate::{error::TypesetError, images::Images, limits, sanitize, types::Request};

/// Maximum length of a word without a possible line break in the title block, in characters.
const TITLE_RUN_CHARS: usize = 30;

/// Returns the input of the template: `title`, `shown`, `author`, `head`, `titled`, `notes` and `body`.
///
/// The title in the front matter replaces the title of the request.
///
/// # Errors
/// Returns an error that names the first exceeded limit of [`limits`].
pub(crate) fn map(request: &Request) -> Result<Dict, TypesetError> {
    let events = markdown::events(&request.markdown)?;
    complexity::check(&events)?;
    let images = Images::check(&events, &request.images)?;
    let matter = FrontMatter::of(&request.markdown);
    let title = title(matter.get("title").unwrap_or(&request.title));
    let (body, footnotes, titled) = tree(&events, &images, &title);
    let head = sanitize::truncate(&title, limits::RUNNING_HEAD_BYTES);
    Ok(dict! {
        "shown" => typst_nodes::breakable(&sanitize::prose(&title, TITLE_RUN_CHARS)),
        "title" => title,
        "author" => authors(&matter),
        "head" => head,
        "titled" => titled,
        "notes" => footnotes,
        "body" => body,
    })
}

/// Returns the body, the footnotes, and whether the body begins with the title.
///
/// The footnotes are in the order of the first references.
fn tree(events: &[Event<'_>], images: &Images, title: &str) -> (Array, Array, bool) {
    let footnotes = Footnotes::find(events);
    let headings = Headings::collect(events, &footnotes);
    let mut builder = Builder::new(events, &footnotes, &headings, images);
    let body = builder.build(0..events.len());
    let mut bodies = Array::new();
    // The list of footnotes is complete here, because references inside footnotes become plain text.
    for range in builder.take_referenced_footnotes() {
        bodies.push(Value::Array(builder.build_footnote(range)));
    }
    let titled = headings.begins_with(events, title);
    (body, bodies, titled)
}

/// Returns the author from the front matter, or an empty array. The template writes the author to the PDF metadata.
fn authors(matter: &FrontMatter) -> Array {
    let given = matter.get("author").or_else(|| matter.get("authors"));
    let clean = given.map(|given| sanitize::truncate(&sanitize::prose(given, usize::MAX), limits::TITLE_BYTES));
    clean.map(IntoValue::into_value).into_iter().collect()
}

/// Sanitizes the title. Replaces an empty title by a default, because an accessible PDF must have a title.
fn title(given: &str) -> String {
    let clean = sanitize::prose(given, usize::MAX);
    match sanitize::truncate(clean.trim(), limits::TITLE_BYTES) {
        empty if empty.is_empty() => "Untitled document".to_owned(),
        title => title,
    }
}
