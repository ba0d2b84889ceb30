//! Opens and closes blocks: the half of the builder that deals with everything but words.

use pulldown_cmark::{Alignment, CodeBlockKind, Tag};
use typst::foundations::Value;

use super::builder::Builder;
use super::code;
use super::frame::{Frame, Kind, Table};
use crate::limits;

impl Builder<'_> {
    /// A block ends the words before it: those of a tight list item, say.
    pub(super) fn start_block(&mut self, at: usize, tag: &Tag<'_>) {
        self.flush("x");
        match tag {
            Tag::Heading { .. } => self.heading = self.outline.heading(at),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.code = Some((info.to_string(), String::new()));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => self.code = Some(Default::default()),
            Tag::BlockQuote(kind) => self.open_level(Kind::Quote(*kind)),
            Tag::List(first) => self.open_level(Kind::List(*first)),
            Tag::Item => self.open_item(),
            Tag::Table(sides) => self.open_table(at, sides),
            Tag::TableHead => self.in_head(true),
            Tag::TableCell => self.open_cell(),
            _ => {}
        }
    }

    pub(super) fn open(&mut self, kind: Kind) {
        self.frames.push(Frame::new(kind));
    }

    /// Opens a quote or list, or nothing if too many are open already.
    pub(super) fn open_level(&mut self, kind: Kind) {
        // The outermost frame is the document itself.
        let levels = self.frames.iter().skip(1).filter(|frame| frame.is_level()).count();
        self.open(if levels < limits::NESTING_SHOWN { kind } else { Kind::Flat });
    }

    pub(super) fn open_item(&mut self) {
        let in_list = matches!(self.frames.last(), Some(Frame { kind: Kind::List(_), .. }));
        self.open(if in_list { Kind::Item(None) } else { Kind::Flat });
    }

    fn open_table(&mut self, at: usize, sides: &[Alignment]) {
        let table = Table::new(sides, &self.events[at..]);
        self.open(Kind::Table(table));
    }

    fn open_cell(&mut self) {
        if let Some(Frame { kind: Kind::Table(table), .. }) = self.frames.last() {
            let cell = table.cell();
            self.open(cell);
        }
    }

    pub(super) fn close(&mut self) {
        self.flush("x");
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
            && let Some(outer) = self.frames.last_mut()
        {
            frame.close_into(outer);
        }
    }

    pub(super) fn block(&mut self, block: Value) {
        self.flush("x");
        if let Some(frame) = self.frames.last_mut() {
            frame.blocks.push(block);
        }
    }

    pub(super) fn in_head(&mut self, in_head: bool) {
        if let Some(Frame { kind: Kind::Table(table), .. }) = self.frames.last_mut() {
            table.in_head = in_head;
        }
    }

    /// A head that is repeated on the next page would repeat its footnote, which is an error.
    pub(super) fn note_in_head(&mut self) {
        for frame in &mut self.frames {
            if let Kind::Table(table) = &mut frame.kind {
                table.noted |= table.in_head;
            }
        }
    }

    pub(super) fn task(&mut self, done: bool) {
        if let Some(Frame { kind: Kind::Item(task), .. }) = self.frames.last_mut() {
            *task = Some(done);
        }
    }

    pub(super) fn end_paragraph(&mut self) {
        self.flush("p");
        if let Some(frame) = self.frames.last_mut() {
            frame.loose = true;
        }
    }

    pub(super) fn end_code(&mut self) {
        if let Some((info, text)) = self.code.take()
            && let Some(block) = code::block(&info, &text, &mut self.highlighting)
        {
            self.block(block);
        }
    }

    /// Shown as written, so that nothing an author typed gets lost; but for comments.
    pub(super) fn end_html(&mut self) {
        let html = self.html.take().unwrap_or_default();
        let is_comment = html.trim_start().starts_with("<!--") && html.trim_end().ends_with("-->");
        if !is_comment && let Some(block) = code::block("html", &html, &mut self.highlighting) {
            self.block(block);
        }
    }

    /// Splits the paragraph if `more` bytes do not fit: the layout is quadratic in its length.
    pub(super) fn make_room(&mut self, more: usize) {
        if !self.line.has_room(more) {
            self.flush("p");
        }
    }

    /// Turns the words read so far into a block: the heading they belong to, the figures they
    /// are, or else a node of this kind.
    pub(super) fn flush(&mut self, kind: &str) {
        let heading = self.heading.take();
        let Some(line) = self.line.finish() else {
            return;
        };
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        match heading {
            Some(heading) => frame.blocks.push(line.into_heading(heading)),
            None => frame.blocks.extend(line.into_blocks(kind)),
        }
    }
}
