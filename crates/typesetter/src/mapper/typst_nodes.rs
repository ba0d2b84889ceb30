//! Nodes of the value tree: one function per kind of node that `template.typ` renders.
//!
//! A node is a string (text) or a dictionary. The entry `t` is the kind of the node, and `c` is the
//! content. A node has no entry for a flag that is not set.

use typst::foundations::{Array, Bytes, Dict, IntoValue, Value, dict};

use super::headings::Heading;
use crate::{images::ImageInfo, sanitize::BREAK};

/// Creates a node without content: `br` (line break), `gap` (possible line break) or `hr` (horizontal rule).
pub(super) fn empty(kind: &str) -> Value {
    dict! { "t" => kind }.into_value()
}

/// Converts sanitized text to nodes: the text, with a `gap` node at each possible line break.
pub(super) fn breakable(clean: &str) -> Array {
    let mut content = Array::new();
    for (number, run) in clean.split(BREAK).enumerate() {
        if number > 0 {
            content.push(empty("gap"));
        }
        content.push(run.into_value());
    }
    content
}

/// Creates a node with content: `p` (paragraph), `x` (text that is not a separate paragraph), `em` (emphasis),
/// `st` (strong emphasis), `de` (strikethrough), `q` (quote) or `item` (list item).
pub(super) fn with_content(kind: &str, content: Array) -> Dict {
    dict! { "t" => kind, "c" => content }
}

/// Creates code within a paragraph.
pub(super) fn inline_code(code: String) -> Value {
    dict! { "t" => "raw", "s" => code }.into_value()
}

/// Creates a link to a URL.
pub(super) fn external_link(url: &str, content: Array) -> Value {
    with_entry(with_content("a", content), "url", url.into_value())
}

/// Creates a link to a heading.
pub(super) fn internal_link(label: &str, content: Array) -> Value {
    with_entry(with_content("go", content), "id", label.into_value())
}

pub(super) fn heading(heading: &Heading, content: Array) -> Dict {
    let mut node = with_content("h", content);
    node.insert("l".into(), heading.level.into_value());
    node.insert("id".into(), heading.label.as_str().into_value());
    node
}

/// Creates a code block from chunks. Code without a language is not highlighted.
pub(super) fn code_block(language: Option<String>, chunks: Array) -> Value {
    match language {
        Some(language) => with_entry(with_content("code", chunks), "lang", language.into_value()),
        None => with_content("code", chunks).into_value(),
    }
}

/// Creates the first reference to a footnote. `number` is the index of the footnote in the list of footnotes.
pub(super) fn footnote(number: usize, label: &str) -> Value {
    dict! { "t" => "fn", "n" => number, "id" => label }.into_value()
}

/// Creates a further reference to a footnote.
pub(super) fn repeated_footnote(label: &str) -> Value {
    dict! { "t" => "again", "id" => label }.into_value()
}

/// Creates an image within text.
pub(super) fn image(info: &ImageInfo, bytes: &Bytes, alt: &str) -> Dict {
    dict! {
        "t" => "img",
        "b" => bytes.clone(),
        "f" => info.format,
        "w" => info.width,
        "h" => info.height,
        "alt" => if alt.is_empty() { "Image" } else { alt },
    }
}

/// Converts an image to a figure with a caption.
pub(super) fn figure(mut image: Dict, caption: &str) -> Value {
    image.insert("t".into(), "fig".into_value());
    if !caption.is_empty() {
        image.insert("cap".into(), breakable(caption).into_value());
    }
    image.into_value()
}

/// Creates the note that replaces an image. `reason` states why the PDF does not contain the image.
pub(super) fn missing_image(alt: &str, reason: &str) -> Value {
    let text = if alt.is_empty() { format!("[image: {reason}]") } else { format!("[image: {alt}, {reason}]") };
    with_content("gone", breakable(&text)).into_value()
}

/// Creates an alert, which is a tinted box with a title.
pub(super) fn alert(kind: &str, content: Array) -> Value {
    with_entry(with_content("al", content), "kind", kind.into_value())
}

/// Creates a list. `first` is the number of the first item in a numbered list, or `None` in a bullet list.
///
/// `loose` adds spacing between the items.
pub(super) fn list(first: Option<u64>, loose: bool, items: Array) -> Value {
    let mut node = with_content("ul", items);
    if let Some(first) = first {
        node.insert("t".into(), "ol".into_value());
        node.insert("start".into(), i64::try_from(first).unwrap_or(1).into_value());
    }
    set_flag(&mut node, "loose", loose);
    node.into_value()
}

/// Creates a table. `cells` contains one array of nodes per cell, row by row.
///
/// `shares` divides the page width among the columns. If `shares` is empty, Typst chooses the column widths.
pub(super) fn table(alignments: Array, shares: Array, head: Array, cells: Array) -> Dict {
    let mut node = dict! { "t" => "tab", "al" => alignments, "head" => head, "c" => cells };
    if !shares.is_empty() {
        node.insert("w".into(), shares.into_value());
    }
    node
}

/// Adds the flag `name` to the node if `set` is true.
pub(super) fn set_flag(node: &mut Dict, name: &str, set: bool) {
    if set {
        node.insert(name.into(), true.into_value());
    }
}

/// Adds the entry `name` to the node.
pub(super) fn with_entry(mut node: Dict, name: &str, value: Value) -> Value {
    node.insert(name.into(), value);
    node.into_value()
}
