//! The paragraph that is being read: its words, and which emphasis and links are open.

use typst::foundations::{Array, IntoValue, Value};

use super::finished::Finished;
use super::node;
use crate::{limits, text};

/// How a stretch of a line is set.
#[derive(Clone)]
pub(super) enum Style {
    /// Not at all: the line itself, and everything nested too deep to show.
    Plain,
    Emphasis,
    Strong,
    Strike,
    /// A link to an address.
    Web(String),
    /// A link to a heading, by its label.
    Jump(String),
}

/// The paragraph that is being read.
pub(super) struct Line {
    /// The innermost last; the first is the line itself and is never closed.
    open: Vec<(Style, Array)>,
    weight: usize,
    rtl: Option<bool>,
    ragged: bool,
    figures: Array,
    has_words: bool,
}

impl Line {
    pub(super) fn new() -> Self {
        let open = vec![(Style::Plain, Array::new())];
        Self { open, weight: 0, rtl: None, ragged: false, figures: Array::new(), has_words: false }
    }

    /// Whether `more` bytes still fit before the paragraph has to be split.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.weight + more <= limits::PARAGRAPH_BYTES
    }

    /// Adds cleaned text. White space at the start of a paragraph is none.
    pub(super) fn text(&mut self, words: &str) {
        let words = if self.weight == 0 { words.trim_start() } else { words };
        if words.is_empty() {
            return;
        }
        self.has_words |= !words.trim().is_empty();
        self.rtl = self.rtl.or_else(|| text::is_right_to_left(words));
        self.push(words.into_value(), words.len());
    }

    /// Adds code, whose long words cannot be hyphenated.
    pub(super) fn code(&mut self, words: &str) {
        self.ragged |= words.split(' ').any(|word| word.len() > limits::RAGGED_CHARS);
        self.node(node::inline_code(words.to_owned()), words.len());
    }

    /// Adds a node that is not text and not an image.
    pub(super) fn node(&mut self, node: Value, bytes: usize) {
        self.has_words = true;
        self.push(node, bytes + limits::INLINE_WEIGHT);
    }

    /// Adds an image, also as the figure it is if nothing stands beside it.
    pub(super) fn image(&mut self, image: Value, figure: Value) {
        // Within a link or emphasis it stays part of that.
        self.has_words |= self.open.len() > 1;
        self.figures.push(figure);
        self.push(image, limits::INLINE_WEIGHT);
    }

    /// Begins a stretch.
    pub(super) fn begin(&mut self, style: Style) {
        let shown = self.open.len() <= limits::NESTING_SHOWN;
        self.weight += limits::INLINE_WEIGHT;
        self.open.push((if shown { style } else { Style::Plain }, Array::new()));
    }

    /// Ends the innermost stretch.
    pub(super) fn end(&mut self) {
        if self.open.len() > 1
            && let Some((style, content)) = self.open.pop()
        {
            self.close(&style, content);
        }
    }

    /// Takes what has been read and leaves a line in which the same stretches are open.
    pub(super) fn finish(&mut self) -> Option<Finished> {
        let styles: Vec<Style> = self.open.iter().skip(1).map(|(style, _)| style.clone()).collect();
        while self.open.len() > 1 {
            self.end();
        }
        let line = std::mem::replace(self, Self::new());
        self.open.extend(styles.into_iter().map(|style| (style, Array::new())));
        line.into_finished()
    }

    fn into_finished(self) -> Option<Finished> {
        let content = self.open.into_iter().next().map(|(_, content)| content)?;
        let figures = if self.has_words { Array::new() } else { self.figures };
        let blank = !self.has_words && figures.is_empty();
        (!blank).then_some(Finished {
            content,
            long: self.weight > limits::PARAGRAPH_LONG_BYTES,
            rtl: self.rtl.unwrap_or(false),
            ragged: self.ragged,
            figures,
        })
    }

    fn close(&mut self, style: &Style, content: Array) {
        if content.is_empty() {
            return;
        }
        match style {
            Style::Plain => self.innermost().extend(content),
            Style::Emphasis => self.innermost().push(node::around("em", content).into_value()),
            Style::Strong => self.innermost().push(node::around("st", content).into_value()),
            Style::Strike => self.innermost().push(node::around("de", content).into_value()),
            Style::Web(address) => self.innermost().push(node::link(address, content)),
            Style::Jump(label) => self.innermost().push(node::jump(label, content)),
        }
    }

    fn push(&mut self, node: Value, weight: usize) {
        self.weight += weight;
        self.innermost().push(node);
    }

    fn innermost(&mut self) -> &mut Array {
        let last = self.open.len() - 1;
        &mut self.open[last].1
    }
}
