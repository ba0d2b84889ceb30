//! Column widths of a table that is wider than the page.
//!
//! Typst would divide the page equally among the widest columns, so that a long word would overlap the
//! next cell. Here each column first gets the width of its longest word, then a share of the rest.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::limits;

/// Width of the page's text in points.
const PAGE_WIDTH: f64 = 453.0;
/// Average width of a character in a table in points.
const CHAR_WIDTH: f64 = 4.8;
/// White space beside a column in characters.
const PADDING: f64 = 3.0;
/// Ratio of the average width to the width of a monospace character. Words of code must break earlier.
const MONO_RATIO: f64 = 0.82;
/// Minimum share of the page per column in characters.
const MIN_PAGE_SHARE: f64 = 6.0;
/// Maximum characters of a word that a column reserves. A longer word breaks.
const MAX_WORD_CHARS: usize = 16;
/// Maximum characters of a cell that a column may claim. A longer cell is a paragraph with several lines.
const MAX_CELL_CHARS: usize = 80;

/// Column widths of one table.
pub(super) struct ColumnWidths {
    /// Characters per column with padding, used as shares. Empty if the table fits on the page.
    pub(super) shares: Vec<f64>,
}

impl ColumnWidths {
    /// Measures a table of `count` columns. `events` begin with the start of the table.
    pub(super) fn measure(events: &[Event<'_>], count: usize) -> Self {
        let mut columns = vec![ColumnMeasure::default(); count];
        let mut column = 0;
        for event in events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Table))) {
            match event {
                Event::Start(Tag::TableHead | Tag::TableRow) => column = 0,
                Event::End(TagEnd::TableCell) => column += 1,
                Event::Text(text) | Event::Code(text) => {
                    columns.iter_mut().skip(column).take(1).for_each(|measure| measure.add(text));
                }
                _ => {}
            }
            if matches!(event, Event::Start(Tag::TableCell)) {
                columns.iter_mut().skip(column).take(1).for_each(|measure| measure.cell = 0);
            }
        }
        Self { shares: shares(&columns) }
    }

    /// Returns the number of characters after which a word in this column may break anywhere.
    pub(super) fn run(&self, column: usize) -> usize {
        match self.shares.get(column) {
            // At least 3, because rounding may give 0.
            Some(chars) => whole((chars - PADDING) * MONO_RATIO).clamp(3, limits::RUN_CHARS),
            None => limits::RUN_CHARS,
        }
    }
}

/// Measures of one column in characters.
#[derive(Clone, Default)]
struct ColumnMeasure {
    longest_word: usize,
    longest_cell: usize,
    /// Characters of the cell that is being read.
    cell: usize,
}

impl ColumnMeasure {
    /// Returns the width at which every cell fits on one line.
    fn preferred(&self) -> f64 {
        float(self.longest_cell) + PADDING
    }

    /// Returns the width of the longest word plus one character, because the head is bold.
    fn minimum(&self) -> f64 {
        float(self.longest_word.clamp(2, MAX_WORD_CHARS) + 1) + PADDING
    }

    /// Returns the additional width that the column may claim.
    fn additional(&self) -> f64 {
        float(self.longest_cell.min(MAX_CELL_CHARS)) + PADDING - self.minimum().min(float(self.longest_cell))
    }

    fn add(&mut self, text: &str) {
        self.cell += text.chars().count();
        self.longest_cell = self.longest_cell.max(self.cell);
        let longest = text.split_whitespace().map(|word| word.chars().count()).max();
        self.longest_word = self.longest_word.max(longest.unwrap_or(0));
    }
}

fn shares(columns: &[ColumnMeasure]) -> Vec<f64> {
    let count = float(columns.len());
    let page = (PAGE_WIDTH / CHAR_WIDTH).max(MIN_PAGE_SHARE * count);
    let preferred: f64 = columns.iter().map(ColumnMeasure::preferred).sum();
    if preferred <= page {
        return Vec::new();
    }
    let minimum: f64 = columns.iter().map(ColumnMeasure::minimum).sum();
    let additional: f64 = columns.iter().map(ColumnMeasure::additional).sum();
    let spare = (page - minimum).max(0.0) / additional.max(1.0);
    // All columns shrink by one factor if the longest words together exceed the page.
    let scale = (page / minimum).min(1.0);
    columns.iter().map(|column| column.minimum() * scale + column.additional() * spare).collect()
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by the caller")]
fn whole(chars: f64) -> usize {
    chars.max(0.0) as usize
}
