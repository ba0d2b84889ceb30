//! Counts what a document is made of and refuses too much of anything.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::failure::Failure;
use crate::limits;

/// # Errors
/// The first limit that is exceeded.
pub(super) fn check(events: &[Event<'_>]) -> Result<(), Failure> {
    let mut census = Census::default();
    events.iter().try_for_each(|event| census.count(event))
}

#[derive(Default)]
struct Census {
    blocks: usize,
    cells: usize,
    images: usize,
    references: usize,
    lines: usize,
    in_code: bool,
}

impl Census {
    fn count(&mut self, event: &Event<'_>) -> Result<(), Failure> {
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
                let most = limits::FOOTNOTE_REFERENCES;
                let what = "references to footnotes";
                add(&mut self.references, 1, "footnote_references", most, what)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Failure> {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Item => self.block(),
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.block()
            }
            Tag::Table(columns) => table(columns.len()),
            Tag::TableCell => add(&mut self.cells, 1, "table_cells", limits::TABLE_CELLS, "table cells"),
            Tag::Image { .. } => add(&mut self.images, 1, "images", limits::IMAGES, "images"),
            _ => Ok(()),
        }
    }

    fn block(&mut self) -> Result<(), Failure> {
        let what = "paragraphs, headings, rules, quotes and list items";
        add(&mut self.blocks, 1, "blocks", limits::BLOCKS, what)
    }

    fn code(&mut self, text: &str) -> Result<(), Failure> {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        add(&mut self.lines, lines, "code_lines", limits::CODE_LINES, "lines of code or HTML")
    }
}

fn table(columns: usize) -> Result<(), Failure> {
    let most = limits::TABLE_COLUMNS;
    add(&mut 0, columns, "table_columns", most, "columns in a table")
}

fn add(count: &mut usize, more: usize, limit: &str, most: usize, what: &str) -> Result<(), Failure> {
    *count = count.saturating_add(more);
    if *count > most { Err(Failure::too_complex(limit, most, what)) } else { Ok(()) }
}
