//! Tests of limits: an error names the exceeded limit, and a document exactly at the limit is accepted.

use uuid::Uuid;

use super::images::png;
use super::request;
use crate::{ErrorCode, TypesetError, ipc::protocol, limits, mapper};

fn map(markdown: &str) -> Result<(), TypesetError> {
    mapper::map(&request(markdown)).map(drop)
}

/// Returns the name of the limit that the document exceeds.
fn exceeded_limit(markdown: &str) -> String {
    limit_of(map(markdown).expect_err("the document is within the limits"))
}

fn limit_of(error: TypesetError) -> String {
    assert_eq!(error.code, ErrorCode::DocumentTooComplex);
    assert_eq!(error.code.as_str(), "document_too_complex");
    assert!(error.message.contains("more than"), "{error}");
    error.limit.expect("the error names no limit")
}

fn table(columns: usize, rows: usize) -> String {
    let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(columns));
    row("a") + &row("-") + &row("b").repeat(rows)
}

#[test]
fn document_is_rejected_when_it_has_too_many_bytes() {
    assert!(map(&"word ".repeat(limits::MARKDOWN_BYTES / 5)).is_ok());
    assert_eq!(exceeded_limit(&"x".repeat(limits::MARKDOWN_BYTES + 1)), "markdown_bytes");
}

#[test]
fn document_is_rejected_when_it_has_too_many_elements() {
    assert_eq!(exceeded_limit(&"`a` b ".repeat(limits::ELEMENTS / 2 + 1)), "elements");
}

#[test]
fn document_is_rejected_when_it_is_nested_too_deep() {
    assert_eq!(exceeded_limit(&">".repeat(10_000)), "nesting");
    let lists = |depth: usize| "- ".repeat(depth) + "a";
    assert!(map(&lists(limits::NESTING / 2)).is_ok());
    assert_eq!(exceeded_limit(&lists(limits::NESTING / 2 + 1)), "nesting");
    assert_eq!(exceeded_limit(&("*a ".repeat(50) + "b" + &"*".repeat(50))), "nesting");
}

#[test]
fn document_is_rejected_when_it_has_too_many_blocks() {
    assert!(map(&"---\n".repeat(limits::BLOCKS)).is_ok());
    assert_eq!(exceeded_limit(&"---\n".repeat(limits::BLOCKS + 1)), "blocks");
    assert_eq!(exceeded_limit(&"- a\n".repeat(limits::BLOCKS + 1)), "blocks");
    assert_eq!(exceeded_limit(&"a\n\n".repeat(limits::BLOCKS + 1)), "blocks");
}

#[test]
fn document_is_rejected_when_it_has_too_many_lines_of_code() {
    let code = |lines: usize| format!("```\n{}```", "a\n".repeat(lines));
    assert!(map(&code(limits::CODE_LINES)).is_ok());
    assert_eq!(exceeded_limit(&code(limits::CODE_LINES + 1)), "code_lines");
    assert_eq!(exceeded_limit(&format!("<div>\n{}", "a\n".repeat(limits::CODE_LINES))), "code_lines");
}

#[test]
fn document_is_rejected_when_a_table_has_too_many_cells_or_columns() {
    assert!(map(&table(limits::TABLE_COLUMNS, 10)).is_ok());
    assert_eq!(exceeded_limit(&table(limits::TABLE_COLUMNS + 1, 1)), "table_columns");
    assert_eq!(exceeded_limit(&table(10, limits::TABLE_CELLS / 10)), "table_cells");
}

#[test]
fn document_is_rejected_when_it_has_too_many_footnote_references() {
    let document = |count: usize| "[^a] ".repeat(count) + "\n\n[^a]: note";
    assert!(map(&document(limits::FOOTNOTE_REFERENCES)).is_ok());
    assert_eq!(exceeded_limit(&document(limits::FOOTNOTE_REFERENCES + 1)), "footnote_references");
}

#[test]
fn document_is_rejected_when_it_references_too_many_images() {
    assert_eq!(exceeded_limit(&"![a](upload:b) ".repeat(limits::IMAGES + 1)), "images");
}

#[test]
fn document_is_rejected_when_its_images_have_too_many_bytes() {
    let mut request = request("");
    let file = vec![0; limits::IMAGES_BYTES / 8 + 1];
    request.images = (0..8).map(|id| (Uuid::from_u128(id), file.clone())).collect();
    let error = mapper::map(&request).expect_err("the images are within the limits");
    assert_eq!(limit_of(error), "images_bytes");
    let error = protocol::encode_request(&request).expect_err("the images are within the limits");
    assert_eq!(limit_of(error), "images_bytes");
}

#[test]
fn document_is_rejected_when_its_images_have_too_many_pixels() {
    let file = png(4000, 5500);
    let ids: Vec<Uuid> = (0..3).map(Uuid::from_u128).collect();
    let references: Vec<String> = ids.iter().map(|id| format!("![a](upload:{id})")).collect();
    let mut request = request(&references.concat());
    request.images = ids.into_iter().map(|id| (id, file.clone())).collect();
    let error = mapper::map(&request).expect_err("the images are within the limits");
    assert_eq!(limit_of(error), "images_pixels");
}
