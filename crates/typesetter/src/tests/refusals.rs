//! Each limit refuses under its own name, and what is just within it is taken.

use uuid::Uuid;

use super::images::png;
use super::request;
use crate::{Code, Failure, limits, mapper, wire};

fn map(markdown: &str) -> Result<(), Failure> {
    mapper::map(&request(markdown)).map(drop)
}

/// The name of the limit that a document exceeds.
fn refusal(markdown: &str) -> String {
    limit(map(markdown).expect_err("the document is within the limits"))
}

fn limit(failure: Failure) -> String {
    assert_eq!(failure.code, Code::DocumentTooComplex);
    assert_eq!(failure.code.as_str(), "document_too_complex");
    assert!(failure.message.contains("more than"), "{failure}");
    failure.limit.expect("the failure names no limit")
}

fn table(columns: usize, rows: usize) -> String {
    let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(columns));
    row("a") + &row("-") + &row("b").repeat(rows)
}

#[test]
fn bytes() {
    assert!(map(&"word ".repeat(limits::MARKDOWN_BYTES / 5)).is_ok());
    assert_eq!(refusal(&"x".repeat(limits::MARKDOWN_BYTES + 1)), "markdown_bytes");
}

#[test]
fn elements() {
    assert_eq!(refusal(&"`a` b ".repeat(limits::ELEMENTS / 2 + 1)), "elements");
}

#[test]
fn nesting() {
    assert_eq!(refusal(&">".repeat(10_000)), "nesting");
    let lists = |depth: usize| "- ".repeat(depth) + "a";
    assert!(map(&lists(limits::NESTING / 2)).is_ok());
    assert_eq!(refusal(&lists(limits::NESTING / 2 + 1)), "nesting");
    assert_eq!(refusal(&("*a ".repeat(50) + "b" + &"*".repeat(50))), "nesting");
}

#[test]
fn blocks() {
    assert!(map(&"---\n".repeat(limits::BLOCKS)).is_ok());
    assert_eq!(refusal(&"---\n".repeat(limits::BLOCKS + 1)), "blocks");
    assert_eq!(refusal(&"- a\n".repeat(limits::BLOCKS + 1)), "blocks");
    assert_eq!(refusal(&"a\n\n".repeat(limits::BLOCKS + 1)), "blocks");
}

#[test]
fn code_lines() {
    let code = |lines: usize| format!("```\n{}```", "a\n".repeat(lines));
    assert!(map(&code(limits::CODE_LINES)).is_ok());
    assert_eq!(refusal(&code(limits::CODE_LINES + 1)), "code_lines");
    assert_eq!(refusal(&format!("<div>\n{}", "a\n".repeat(limits::CODE_LINES))), "code_lines");
}

#[test]
fn table_cells_and_columns() {
    assert!(map(&table(limits::TABLE_COLUMNS, 10)).is_ok());
    assert_eq!(refusal(&table(limits::TABLE_COLUMNS + 1, 1)), "table_columns");
    assert_eq!(refusal(&table(10, limits::TABLE_CELLS / 10)), "table_cells");
}

#[test]
fn footnote_references() {
    let notes = |count: usize| "[^a] ".repeat(count) + "\n\n[^a]: note";
    assert!(map(&notes(limits::FOOTNOTE_REFERENCES)).is_ok());
    assert_eq!(refusal(&notes(limits::FOOTNOTE_REFERENCES + 1)), "footnote_references");
}

#[test]
fn images() {
    assert_eq!(refusal(&"![a](upload:b) ".repeat(limits::IMAGES + 1)), "images");
}

#[test]
fn bytes_of_all_images() {
    let mut request = request("");
    let file = vec![0; limits::IMAGES_BYTES / 8 + 1];
    request.images = (0..8).map(|id| (Uuid::from_u128(id), file.clone())).collect();
    let failure = mapper::map(&request).expect_err("the images are within the limits");
    assert_eq!(limit(failure), "images_bytes");
    let failure = wire::encode_request(&request).expect_err("the images are within the limits");
    assert_eq!(limit(failure), "images_bytes");
}

#[test]
fn pixels_of_all_images() {
    let file = png(4000, 5500);
    let ids: Vec<Uuid> = (0..3).map(Uuid::from_u128).collect();
    let places: Vec<String> = ids.iter().map(|id| format!("![a](upload:{id})")).collect();
    let mut request = request(&places.concat());
    request.images = ids.into_iter().map(|id| (id, file.clone())).collect();
    let failure = mapper::map(&request).expect_err("the images are within the limits");
    assert_eq!(limit(failure), "images_pixels");
}
