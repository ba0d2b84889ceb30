//! Column widths of a table that is wider than the page.
//!
//! Without these widths, Typst would divide the page equally among the widest columns. A long word would then overlap
//! the next cell.
//!
//! This module first gives each column the width of its longest word. Then the module divides the rest of the page
//! width among the columns.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::limits;

/// Width of the text area of a page, in points.
const PAGE_WIDTH: f64 = 453.0;
/// Average width of a character in a table, in points.
const CHAR_WIDTH: f64 = 4.8;
/// Total width of the white space on the two sides of a column, in characters.
const PADDING: f64 = 3.0;
/// Width of an average character divided by the width of a monospace character.
///
/// The maximum length of a word is a number of monospace characters, because a word may be code.
const MONO_RATIO: f64 = 0.82;
/// Minimum average width of the columns, in characters. If columns of this width exceed the page width, the calculation
/// assumes a wider page.
const MIN_PAGE_SHARE: f64 = 6.0;
/// Maximum length of a word for which a column reserves width, in characters. A longer word breaks.
const MAX_WORD_CHARS: usize = 16;
/// Maximum length of a cell for which a column may claim width, in characters. A longer cell has several lines.
const MAX_CELL_CHARS: usize = 80;

/// Column widths of one table.
pub(super) struct ColumnWidths {
    /// Width per column in characters, with padding. Typst uses the widths as shares of the page width. Empty if the
    /// table is not wider than the page.
    pub(super) shares: Vec<f64>,
}

impl ColumnWidths {
    /// Measures a table of `count` columns. `events` must begin with the start of the table.
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

    /// Returns the maximum length of a word without a possible line break in this column, in characters.
    pub(super) fn run(&self, column: usize) -> usize {
        match self.shares.get(column) {
            // Returns at least 3, because rounding down may give 0.
            Some(chars) => whole((chars - PADDING) * MONO_RATIO).clamp(3, limits::RUN_CHARS),
            None => limits::RUN_CHARS,
        }
    }
}

/// Longest word and longest cell of one column, in characters.
#[derive(Clone, Default)]
struct ColumnMeasure {
    longest_word: usize,
    longest_cell: usize,
    /// Number of characters of the cell that is being read.
    cell: usize,
}

impl ColumnMeasure {
    /// Returns the width in characters at which every cell fits on one line.
    fn preferred(&self) -> f64 {
        float(self.longest_cell) + PADDING
    }

    /// Returns the minimum width in characters: the longest word, the padding, and one character for a bold table head.
    fn minimum(&self) -> f64 {
        float(self.longest_word.clamp(2, MAX_WORD_CHARS) + 1) + PADDING
    }

    /// Returns the width in characters that the column may claim in addition to the minimum.
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
    // Reduces all columns by the same factor if the longest words together exceed the page.
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
