//! Complexity check: counts the elements of a document, and rejects a document with too many elements of one kind.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{error::TypesetError, limits};

/// Checks that the number of elements of each kind is within the limits.
///
/// # Errors
/// Returns an error with the name of the first exceeded limit.
pub(super) fn check(events: &[Event<'_>]) -> Result<(), TypesetError> {
    let mut counts = ElementCounts::default();
    events.iter().try_for_each(|event| counts.count(event))
}

#[derive(Default)]
struct ElementCounts {
    blocks: usize,
    table_cells: usize,
    images: usize,
    footnote_references: usize,
    code_lines: usize,
    in_code: bool,
}

impl ElementCounts {
    fn count(&mut self, event: &Event<'_>) -> Result<(), TypesetError> {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(TagEnd::CodeBlock) => {
                self.in_code = false;
                Ok(())
            }
            Event::Text(text) if self.in_code => self.code(text),
            Event::Html(html) => self.code(html),
            Event::Rule => self.block(),
            Event::FootnoteReference(_) => {
                let maximum = limits::FOOTNOTE_REFERENCES;
                add(&mut self.footnote_references, 1, "footnote_references", maximum, "references to footnotes")
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), TypesetError> {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Item => self.block(),
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.block()
            }
            Tag::Table(columns) => check_columns(columns.len()),
            Tag::TableCell => add(&mut self.table_cells, 1, "table_cells", limits::TABLE_CELLS, "table cells"),
            Tag::Image { .. } => add(&mut self.images, 1, "images", limits::IMAGES, "images"),
            _ => Ok(()),
        }
    }

    fn block(&mut self) -> Result<(), TypesetError> {
        let units = "paragraphs, headings, rules, quotes and list items";
        add(&mut self.blocks, 1, "blocks", limits::BLOCKS, units)
    }

    fn code(&mut self, text: &str) -> Result<(), TypesetError> {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        add(&mut self.code_lines, lines, "code_lines", limits::CODE_LINES, "lines of code or HTML")
    }
}

fn check_columns(columns: usize) -> Result<(), TypesetError> {
    let maximum = limits::TABLE_COLUMNS;
    add(&mut 0, columns, "table_columns", maximum, "columns in a table")
}

fn add(count: &mut usize, more: usize, limit: &str, maximum: usize, units: &str) -> Result<(), TypesetError> {
    *count = count.saturating_add(more);
    if *count > maximum { Err(TypesetError::too_complex(limit, maximum, units)) } else { Ok(()) }
}
