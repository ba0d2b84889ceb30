//! The blocks that are open around the line being read.

use pulldown_cmark::{Alignment, BlockQuoteKind};
use typst::foundations::{Array, IntoValue, Value};

use super::node;

/// What kind of block is open.
pub(super) enum Kind {
    /// The document or a footnote, or a container too deep to show: its blocks go to the
    /// one around it.
    Flat,
    Quote(Option<BlockQuoteKind>),
    /// The number of the first item, if it counts.
    List(Option<u64>),
    /// Done or not, if it is a task.
    Item(Option<bool>),
    Table(Table),
    Cell,
}

/// A table as far as it has been read.
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) head: Array,
    pub(super) cells: Array,
    pub(super) in_head: bool,
}

/// A block that is open, with the blocks it holds so far.
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) blocks: Array,
    /// Paragraphs stood on their own in it: the list it belongs to is spaced.
    pub(super) loose: bool,
}

impl Frame {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Array::new(),
            loose: false,
        }
    }

    /// Counts against the levels that are shown.
    pub(super) fn is_level(&self) -> bool {
        matches!(self.kind, Kind::Quote(_) | Kind::List(_) | Kind::Flat)
    }

    /// Hands what it has become to the block around it.
    pub(super) fn close_into(self, outer: &mut Self) {
        match self.kind {
            Kind::Flat => outer.blocks.extend(self.blocks),
            Kind::Quote(None) => outer.add(node::around("q", self.blocks).into_value()),
            Kind::Quote(Some(kind)) => outer.add(node::alert(name(kind), self.blocks)),
            Kind::List(first) => outer.add(node::list(first, self.loose, self.blocks)),
            Kind::Item(done) => {
                outer.loose |= self.loose;
                outer.add(item(done, self.blocks));
            }
            Kind::Table(table) => outer.add(table.into_node()),
            Kind::Cell => outer.add_cell(self.blocks),
        }
    }

    fn add(&mut self, block: Value) {
        self.blocks.push(block);
    }

    fn add_cell(&mut self, cell: Array) {
        if let Kind::Table(table) = &mut self.kind {
            let row = if table.in_head {
                &mut table.head
            } else {
                &mut table.cells
            };
            row.push(cell.into_value());
        }
    }
}

impl Table {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self {
            alignments,
            head: Array::new(),
            cells: Array::new(),
            in_head: false,
        }
    }

    fn into_node(self) -> Value {
        let alignments = self
            .alignments
            .iter()
            .map(|side| side_name(*side).into_value());
        node::table(alignments.collect(), self.head, self.cells)
    }
}

fn item(done: Option<bool>, blocks: Array) -> Value {
    let item = node::around("item", blocks);
    match done {
        Some(done) => node::with(item, "done", done.into_value()),
        None => item.into_value(),
    }
}

fn name(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

fn side_name(side: Alignment) -> &'static str {
    match side {
        Alignment::None | Alignment::Left => "left",
        Alignment::Center => "center",
        Alignment::Right => "right",
    }
}
