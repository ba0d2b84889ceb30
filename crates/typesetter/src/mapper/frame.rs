//! The blocks that are open around the line being read.

use pulldown_cmark::{Alignment, BlockQuoteKind, Event};
use typst::foundations::{Array, IntoValue, Value};

use super::columns::Columns;
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
    /// Characters after which a word in it may be broken anywhere.
    Cell(usize),
}

/// A table as far as it has been read.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    columns: Columns,
    pub(super) head: Array,
    pub(super) cells: Array,
    pub(super) in_head: bool,
    /// A footnote is referred to in the head, which must then stand on one page only.
    pub(super) noted: bool,
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
        Self { kind, blocks: Array::new(), loose: false }
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
            Kind::Cell(_) => outer.add_cell(self.blocks),
        }
    }

    fn add(&mut self, block: Value) {
        self.blocks.push(block);
    }

    fn add_cell(&mut self, cell: Array) {
        if let Kind::Table(table) = &mut self.kind {
            let row = if table.in_head { &mut table.head } else { &mut table.cells };
            row.push(cell.into_value());
        }
    }
}

impl Table {
    /// A table whose events these begin with.
    pub(super) fn new(alignments: &[Alignment], events: &[Event<'_>]) -> Self {
        Self {
            columns: Columns::of(events, alignments.len()),
            alignments: alignments.to_vec(),
            head: Array::new(),
            cells: Array::new(),
            in_head: false,
            noted: false,
        }
    }

    /// The cell that comes next.
    pub(super) fn cell(&self) -> Kind {
        let row = if self.in_head { &self.head } else { &self.cells };
        Kind::Cell(self.columns.run(row.len() % self.alignments.len().max(1)))
    }

    fn into_node(self) -> Value {
        let sides = self.alignments.iter().map(|side| side_name(*side).into_value());
        let shares = self.columns.shares.iter().map(|share| share.into_value());
        let mut table = node::table(sides.collect(), shares.collect(), self.head, self.cells);
        node::flag(&mut table, "noted", self.noted);
        table.into_value()
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
