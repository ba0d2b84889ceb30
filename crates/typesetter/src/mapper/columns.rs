//! Shares the width of the page among the columns of a table too wide for it.
//!
//! The engine would share it fairly among the widest columns and let a long word run into the
//! next cell. Here each column first gets its longest word, then a part of what is left.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::limits;

/// Points that the page has for a table.
const PAGE: f64 = 453.0;
/// Points of a letter in a table's text, on average.
const LETTER: f64 = 4.8;
/// Letters that the white space beside a column takes.
const PADDING: f64 = 3.0;
/// How much wider the mono letters are: words of code must break earlier.
const MONO: f64 = 0.82;
/// Letters of a word that a column may claim; a longer one is broken.
const WORD: usize = 16;
/// Letters of a cell beyond which it is a paragraph, which may have any width.
const PARAGRAPH: usize = 80;

/// How wide the columns of one table are.
pub(super) struct Columns {
    /// Letters per column with its white space, to be taken as shares; empty if each may have what it wants.
    pub(super) shares: Vec<f64>,
}

impl Columns {
    /// Looks at the table whose events these begin with.
    pub(super) fn of(table: &[Event<'_>], count: usize) -> Self {
        let mut measures = vec![Measure::default(); count];
        let mut column = 0;
        for event in table.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Table))) {
            match event {
                Event::Start(Tag::TableHead | Tag::TableRow) => column = 0,
                Event::End(TagEnd::TableCell) => column += 1,
                Event::Text(words) | Event::Code(words) => {
                    measures.iter_mut().skip(column).take(1).for_each(|m| m.add(words));
                }
                _ => {}
            }
            if matches!(event, Event::Start(Tag::TableCell)) {
                measures.iter_mut().skip(column).take(1).for_each(|m| m.cell = 0);
            }
        }
        Self { shares: shares(&measures) }
    }

    /// Characters after which a word in this column may be broken anywhere.
    pub(super) fn run(&self, column: usize) -> usize {
        match self.shares.get(column) {
            // At least a few, whatever the rounding.
            Some(letters) => whole((letters - PADDING) * MONO).clamp(3, limits::RUN_CHARS),
            None => limits::RUN_CHARS,
        }
    }
}

/// What one column would like, in letters.
#[derive(Clone, Default)]
struct Measure {
    /// Its longest word.
    word: usize,
    /// Its longest cell.
    widest: usize,
    /// The cell being read.
    cell: usize,
}

impl Measure {
    /// Letters for every cell on one line.
    fn wanted(&self) -> f64 {
        letters(self.widest) + PADDING
    }

    /// Letters for the longest word; one more, since a head is bold.
    fn least(&self) -> f64 {
        letters(self.word.clamp(2, WORD) + 1) + PADDING
    }

    /// What it could use beyond that. A cell of a hundred lines has no claim to all of it.
    fn more(&self) -> f64 {
        letters(self.widest.min(PARAGRAPH)) + PADDING - self.least().min(letters(self.widest))
    }

    fn add(&mut self, words: &str) {
        self.cell += words.chars().count();
        self.widest = self.widest.max(self.cell);
        let longest = words.split_whitespace().map(|word| word.chars().count()).max();
        self.word = self.word.max(longest.unwrap_or(0));
    }
}

fn shares(measures: &[Measure]) -> Vec<f64> {
    let count = letters(measures.len());
    let page = (PAGE / LETTER).max(6.0 * count);
    let wanted: f64 = measures.iter().map(Measure::wanted).sum();
    if wanted <= page {
        return Vec::new();
    }
    let least: f64 = measures.iter().map(Measure::least).sum();
    let more: f64 = measures.iter().map(Measure::more).sum();
    let spare = (page - least).max(0.0) / more.max(1.0);
    // Too many long words for the page shrink alike.
    let scale = (page / least).min(1.0);
    measures.iter().map(|m| m.least() * scale + m.more() * spare).collect()
}

fn letters(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by the caller")]
fn whole(letters: f64) -> usize {
    letters.max(0.0) as usize
}
