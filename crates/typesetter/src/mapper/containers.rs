//! Containers: open blocks around the paragraph that is being read.

use pulldown_cmark::{Alignment, BlockQuoteKind, Event};
use typst::foundations::{Array, IntoValue, Value};

use super::column_widths::ColumnWidths;
use super::typst_nodes;

/// Kind of a container.
pub(super) enum ContainerKind {
    /// The document, a footnote, or a container beyond the visible levels. Passes its blocks to the
    /// enclosing container.
    Flat,
    Quote(Option<BlockQuoteKind>),
    /// List. Contains the number of the first item, or `None` for a bullet list.
    List(Option<u64>),
    /// List item. Contains whether a task is done, or `None` if the item is not a task.
    Item(Option<bool>),
    Table(Table),
    /// Table cell. Contains the maximum length of a word without a possible line break, in characters.
    Cell(usize),
}

/// Open table with the cells that have been read so far.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    widths: ColumnWidths,
    head: Array,
    cells: Array,
    pub(super) in_head: bool,
    /// Whether the head contains a footnote reference. Such a head must not repeat on the next page.
    pub(super) has_footnote_in_head: bool,
}

/// Open block with the inner blocks that have been read so far.
pub(super) struct Container {
    pub(super) kind: ContainerKind,
    pub(super) blocks: Array,
    /// Whether the container contains a Markdown paragraph. A list with such an item has spacing between its items.
    pub(super) loose: bool,
}

impl Container {
    pub(super) fn new(kind: ContainerKind) -> Self {
        Self { kind, blocks: Array::new(), loose: false }
    }

    /// Returns whether the container counts toward the maximum number of visible levels.
    pub(super) fn is_level(&self) -> bool {
        matches!(self.kind, ContainerKind::Quote(_) | ContainerKind::List(_) | ContainerKind::Flat)
    }

    /// Converts the container to a node, and adds the node to the container `outer`.
    pub(super) fn close_into(self, outer: &mut Self) {
        match self.kind {
            ContainerKind::Flat => outer.blocks.extend(self.blocks),
            ContainerKind::Quote(None) => outer.add(typst_nodes::with_content("q", self.blocks).into_value()),
            ContainerKind::Quote(Some(kind)) => outer.add(typst_nodes::alert(alert_name(kind), self.blocks)),
            ContainerKind::List(first) => outer.add(typst_nodes::list(first, self.loose, self.blocks)),
            ContainerKind::Item(done) => {
                outer.loose |= self.loose;
                outer.add(item(done, self.blocks));
            }
            ContainerKind::Table(table) => outer.add(table.into_node()),
            ContainerKind::Cell(_) => outer.add_cell(self.blocks),
        }
    }

    fn add(&mut self, block: Value) {
        self.blocks.push(block);
    }

    fn add_cell(&mut self, cell: Array) {
        if let ContainerKind::Table(table) = &mut self.kind {
            let row = if table.in_head { &mut table.head } else { &mut table.cells };
            row.push(cell.into_value());
        }
    }
}

impl Table {
    /// Creates a table. `events` must begin with the start of the table.
    pub(super) fn new(alignments: &[Alignment], events: &[Event<'_>]) -> Self {
        Self {
            widths: ColumnWidths::measure(events, alignments.len()),
            alignments: alignments.to_vec(),
            head: Array::new(),
            cells: Array::new(),
            in_head: false,
            has_footnote_in_head: false,
        }
    }

    /// Returns the container kind of the next cell.
    pub(super) fn next_cell(&self) -> ContainerKind {
        let row = if self.in_head { &self.head } else { &self.cells };
        ContainerKind::Cell(self.widths.run(row.len() % self.alignments.len().max(1)))
    }

    fn into_node(self) -> Value {
        let alignments = self.alignments.iter().map(|alignment| alignment_name(*alignment).into_value());
        let shares = self.widths.shares.iter().map(|share| share.into_value());
        let mut table = typst_nodes::table(alignments.collect(), shares.collect(), self.head, self.cells);
        typst_nodes::set_flag(&mut table, "noted", self.has_footnote_in_head);
        table.into_value()
    }
}

fn item(done: Option<bool>, blocks: Array) -> Value {
    let item = typst_nodes::with_content("item", blocks);
    match done {
        Some(done) => typst_nodes::with_entry(item, "done", done.into_value()),
        None => item.into_value(),
    }
}

fn alert_name(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

fn alignment_name(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::None | Alignment::Left => "left",
        Alignment::Center => "center",
        Alignment::Right => "right",
    }
}
