//! Block methods of the builder: open and close containers, code blocks and literal HTML.

use pulldown_cmark::{Alignment, CodeBlockKind, Tag};
use typst::foundations::Value;

use super::builder::Builder;
use super::code;
use super::containers::{Container, ContainerKind, Table};
use crate::limits;

impl Builder<'_> {
    /// Opens a block. Ends the open paragraph first, for example the text of a tight list item.
    pub(super) fn start_block(&mut self, at: usize, tag: &Tag<'_>) {
        self.flush("x");
        match tag {
            Tag::Heading { .. } => self.heading = self.headings.heading(at),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.code = Some((info.to_string(), String::new()));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => self.code = Some(Default::default()),
            Tag::BlockQuote(kind) => self.open_level(ContainerKind::Quote(*kind)),
            Tag::List(first) => self.open_level(ContainerKind::List(*first)),
            Tag::Item => self.open_item(),
            Tag::Table(alignments) => self.open_table(at, alignments),
            Tag::TableHead => self.set_in_head(true),
            Tag::TableCell => self.open_cell(),
            _ => {}
        }
    }

    fn open(&mut self, kind: ContainerKind) {
        self.containers.push(Container::new(kind));
    }

    /// Opens a quote or a list. Opens a flat container instead if the maximum number of visible levels is open.
    fn open_level(&mut self, kind: ContainerKind) {
        // Skips the outermost container, because it is the document itself.
        let levels = self.containers.iter().skip(1).filter(|container| container.is_level()).count();
        self.open(if levels < limits::NESTING_SHOWN { kind } else { ContainerKind::Flat });
    }

    fn open_item(&mut self) {
        let in_list = matches!(self.containers.last(), Some(Container { kind: ContainerKind::List(_), .. }));
        self.open(if in_list { ContainerKind::Item(None) } else { ContainerKind::Flat });
    }

    fn open_table(&mut self, at: usize, alignments: &[Alignment]) {
        let table = Table::new(alignments, &self.events[at..]);
        self.open(ContainerKind::Table(table));
    }

    fn open_cell(&mut self) {
        if let Some(Container { kind: ContainerKind::Table(table), .. }) = self.containers.last() {
            let cell = table.next_cell();
            self.open(cell);
        }
    }

    /// Closes the innermost container and adds its content to the enclosing container.
    pub(super) fn close(&mut self) {
        self.flush("x");
        if self.containers.len() > 1
            && let Some(container) = self.containers.pop()
            && let Some(outer) = self.containers.last_mut()
        {
            container.close_into(outer);
        }
    }

    /// Adds a finished block to the innermost container.
    pub(super) fn push_block(&mut self, block: Value) {
        self.flush("x");
        if let Some(container) = self.containers.last_mut() {
            container.blocks.push(block);
        }
    }

    /// Records whether the next cells belong to the head of the table.
    pub(super) fn set_in_head(&mut self, in_head: bool) {
        if let Some(Container { kind: ContainerKind::Table(table), .. }) = self.containers.last_mut() {
            table.in_head = in_head;
        }
    }

    /// Records that the open table head contains a footnote.
    ///
    /// Such a head must not repeat on the next page, because Typst rejects repeated footnotes.
    pub(super) fn record_footnote_in_head(&mut self) {
        for container in &mut self.containers {
            if let ContainerKind::Table(table) = &mut container.kind {
                table.has_footnote_in_head |= table.in_head;
            }
        }
    }

    /// Converts the open list item to a task.
    pub(super) fn set_task(&mut self, done: bool) {
        if let Some(Container { kind: ContainerKind::Item(task), .. }) = self.containers.last_mut() {
            *task = Some(done);
        }
    }

    pub(super) fn end_paragraph(&mut self) {
        self.flush("p");
        if let Some(container) = self.containers.last_mut() {
            container.loose = true;
        }
    }

    pub(super) fn end_code(&mut self) {
        if let Some((info, text)) = self.code.take()
            && let Some(block) = code::block(&info, &text, &mut self.highlight_budget)
        {
            self.push_block(block);
        }
    }

    /// Adds literal HTML as a code block, so that no text of the author is lost.
    pub(super) fn end_html(&mut self) {
        let html = self.html.take().unwrap_or_default();
        if let Some(block) = code::block("html", &html, &mut self.highlight_budget) {
            self.push_block(block);
        }
    }

    /// Ends the open paragraph if the paragraph has no capacity for `more` bytes.
    ///
    /// The length of a paragraph is limited, because line breaking takes quadratic time.
    pub(super) fn split_if_full(&mut self, more: usize) {
        if !self.paragraph.has_capacity(more) {
            self.flush("p");
        }
    }

    /// Ends the open paragraph, and adds the paragraph to the innermost container.
    ///
    /// The paragraph becomes a heading, figures, or a node of the kind `kind` (`p` or `x`).
    pub(super) fn flush(&mut self, kind: &str) {
        let heading = self.heading.take();
        let Some(paragraph) = self.paragraph.finish() else {
            return;
        };
        let Some(container) = self.containers.last_mut() else {
            return;
        };
        match heading {
            Some(heading) => container.blocks.push(paragraph.into_heading(heading)),
            None => container.blocks.extend(paragraph.into_blocks(kind)),
        }
    }
}
