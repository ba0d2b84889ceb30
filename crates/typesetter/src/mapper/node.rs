//! The vocabulary of the tree: one function per kind of node, read by `template.typ`.
//!
//! A node is a string (text) or a dictionary whose `t` is its kind and whose `c` is what it
//! contains. A flag that is not set is left out.

use typst::foundations::{Array, Bytes, Dict, IntoValue, Value, dict};

use super::outline::Heading;
use crate::picture::Picture;

/// A node without content: `br`, `hr`.
pub(super) fn empty(kind: &str) -> Value {
    dict! { "t" => kind }.into_value()
}

/// A node of this kind around `content`: `em`, `st`, `de`, `q`, `item`.
pub(super) fn around(kind: &str, content: Array) -> Dict {
    dict! { "t" => kind, "c" => content }
}

/// Code within a line.
pub(super) fn inline_code(code: String) -> Value {
    dict! { "t" => "raw", "s" => code }.into_value()
}

/// A link to an address outside.
pub(super) fn link(address: &str, content: Array) -> Value {
    with(around("a", content), "url", address.into_value())
}

/// A link to a heading.
pub(super) fn jump(label: &str, content: Array) -> Value {
    with(around("go", content), "id", label.into_value())
}

/// A heading.
pub(super) fn heading(heading: &Heading, content: Array) -> Dict {
    let mut node = around("h", content);
    node.insert("l".into(), heading.level.into_value());
    node.insert("id".into(), heading.label.as_str().into_value());
    node
}

/// A block of code in pieces.
pub(super) fn code(language: Option<String>, chunks: Array) -> Value {
    match language {
        Some(language) => with(around("code", chunks), "lang", language.into_value()),
        None => around("code", chunks).into_value(),
    }
}

/// The first reference to a footnote: the `number`th of the document, from 0.
pub(super) fn note(number: usize, label: &str) -> Value {
    dict! { "t" => "fn", "n" => number, "id" => label }.into_value()
}

/// A later reference to it.
pub(super) fn note_again(label: &str) -> Value {
    dict! { "t" => "again", "id" => label }.into_value()
}

/// An image among words.
pub(super) fn image(picture: &Picture, bytes: &Bytes, alt: &str) -> Dict {
    dict! {
        "t" => "img",
        "b" => bytes.clone(),
        "f" => picture.format,
        "w" => picture.width,
        "h" => picture.height,
        "alt" => if alt.is_empty() { "Image" } else { alt },
    }
}

/// An image on its own, with what stands below it.
pub(super) fn figure(mut image: Dict, caption: &str) -> Value {
    image.insert("t".into(), "fig".into_value());
    if !caption.is_empty() {
        image.insert("cap".into(), caption.into_value());
    }
    image.into_value()
}

/// What stands where an image cannot.
pub(super) fn missing_image(alt: &str, why: &str) -> Value {
    let text = if alt.is_empty() { format!("[image: {why}]") } else { format!("[image: {alt}, {why}]") };
    dict! { "t" => "gone", "s" => text }.into_value()
}

/// A tinted box with a name.
pub(super) fn alert(kind: &str, content: Array) -> Value {
    with(around("al", content), "kind", kind.into_value())
}

/// A list; `first` is the number of an ordered one's first item.
pub(super) fn list(first: Option<u64>, loose: bool, items: Array) -> Value {
    let mut node = around("ul", items);
    if let Some(first) = first {
        node.insert("t".into(), "ol".into_value());
        node.insert("start".into(), i64::try_from(first).unwrap_or(1).into_value());
    }
    flag(&mut node, "loose", loose);
    node.into_value()
}

/// A table; `cells` go row by row, each an array of nodes. `shares` of the page's width, if the
/// columns do not choose their own.
pub(super) fn table(alignments: Array, shares: Array, head: Array, cells: Array) -> Dict {
    let mut node = dict! { "t" => "tab", "al" => alignments, "head" => head, "c" => cells };
    if !shares.is_empty() {
        node.insert("w".into(), shares.into_value());
    }
    node
}

/// Sets a flag, or leaves it out.
pub(super) fn flag(node: &mut Dict, name: &str, set: bool) {
    if set {
        node.insert(name.into(), true.into_value());
    }
}

/// Adds one entry.
pub(super) fn with(mut node: Dict, name: &str, value: Value) -> Value {
    node.insert(name.into(), value);
    node.into_value()
}
