//! Paragraphs: text with open styles and links, and the conversion of a finished paragraph to blocks.

use typst::foundations::{Array, Dict, IntoValue, Value};

use super::headings::Heading;
use super::typst_nodes;
use crate::{limits, sanitize};

/// Weight of a possible line break within a word, in bytes.
const POSSIBLE_BREAK_WEIGHT: usize = 8;

/// Style of a part of a paragraph.
#[derive(Clone)]
pub(super) enum Style {
    /// No style: the paragraph itself, a link without a target, or a style beyond the visible levels.
    Plain,
    Emphasis,
    Strong,
    Strikethrough,
    /// Link to a URL. Contains the URL.
    ExternalLink(String),
    /// Link to a heading. Contains the label of the heading.
    InternalLink(String),
}

/// Paragraph that is being read.
pub(super) struct OpenParagraph {
    /// Open styles, innermost last. The first entry is the paragraph itself, which `close_style` never closes.
    open: Vec<(Style, Array)>,
    /// Number of bytes of the text, plus the weight of each inline element in bytes.
    weight: usize,
    rtl: Option<bool>,
    ragged: bool,
    figures: Array,
    has_text: bool,
}

impl OpenParagraph {
    pub(super) fn new() -> Self {
        let open = vec![(Style::Plain, Array::new())];
        Self { open, weight: 0, rtl: None, ragged: false, figures: Array::new(), has_text: false }
    }

    /// Returns whether `more` bytes fit into the paragraph.
    pub(super) fn has_capacity(&self, more: usize) -> bool {
        self.weight + more <= limits::PARAGRAPH_BYTES
    }

    /// Adds sanitized text. Removes white space at the start of the paragraph.
    pub(super) fn push_text(&mut self, text: &str) {
        let text = if self.weight == 0 { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        self.has_text |= !text.trim().is_empty();
        self.rtl = self.rtl.or_else(|| sanitize::is_right_to_left(text));
        self.ragged |= text.split(' ').any(is_long_url);
        self.push(text.into_value(), text.len());
    }

    /// Adds code. A long word of code prevents justification, because Typst does not hyphenate code.
    pub(super) fn push_code(&mut self, code: &str) {
        self.ragged |= code.split(' ').any(|word| word.len() > limits::RAGGED_CHARS);
        self.push_node(typst_nodes::inline_code(code.to_owned()), code.len());
    }

    /// Adds a node that is neither text nor an image. `bytes` is the length of the text in the node.
    pub(super) fn push_node(&mut self, node: Value, bytes: usize) {
        self.has_text = true;
        self.push(node, bytes + limits::INLINE_WEIGHT);
    }

    /// Adds a position within a word at which a line may break.
    pub(super) fn push_possible_break(&mut self) {
        self.push(typst_nodes::empty("gap"), POSSIBLE_BREAK_WEIGHT);
    }

    /// Adds an image. A paragraph that contains only images becomes `figure` nodes.
    pub(super) fn push_image(&mut self, image: Value, figure: Value) {
        // Counts an image within a link or an emphasis as text, because a figure would lose the style.
        self.has_text |= self.open.len() > 1;
        self.figures.push(figure);
        self.push(image, limits::INLINE_WEIGHT);
    }

    /// Opens a style. A style beyond the visible levels has no effect.
    pub(super) fn open_style(&mut self, style: Style) {
        let shown = self.open.len() <= limits::NESTING_SHOWN;
        self.weight += limits::INLINE_WEIGHT;
        self.open.push((if shown { style } else { Style::Plain }, Array::new()));
    }

    /// Closes the innermost style.
    pub(super) fn close_style(&mut self) {
        if self.open.len() > 1
            && let Some((style, content)) = self.open.pop()
        {
            self.add_styled(&style, content);
        }
    }

    /// Ends and returns the paragraph, and opens the current styles again in the next paragraph. Returns `None` for a
    /// blank paragraph.
    pub(super) fn finish(&mut self) -> Option<Paragraph> {
        let styles: Vec<Style> = self.open.iter().skip(1).map(|(style, _)| style.clone()).collect();
        while self.open.len() > 1 {
            self.close_style();
        }
        let finished = std::mem::replace(self, Self::new());
        self.open.extend(styles.into_iter().map(|style| (style, Array::new())));
        finished.into_paragraph()
    }

    fn into_paragraph(self) -> Option<Paragraph> {
        let content = self.open.into_iter().next().map(|(_, content)| content)?;
        let figures = if self.has_text { Array::new() } else { self.figures };
        let blank = !self.has_text && figures.is_empty();
        (!blank).then_some(Paragraph {
            content,
            long: self.weight > limits::PARAGRAPH_LONG_BYTES,
            rtl: self.rtl.unwrap_or(false),
            ragged: self.ragged,
            figures,
        })
    }

    fn add_styled(&mut self, style: &Style, content: Array) {
        if content.is_empty() {
            return;
        }
        match style {
            Style::Plain => self.innermost().extend(content),
            Style::Emphasis => self.innermost().push(typst_nodes::with_content("em", content).into_value()),
            Style::Strong => self.innermost().push(typst_nodes::with_content("st", content).into_value()),
            Style::Strikethrough => self.innermost().push(typst_nodes::with_content("de", content).into_value()),
            Style::ExternalLink(url) => self.innermost().push(typst_nodes::external_link(url, content)),
            Style::InternalLink(label) => self.innermost().push(typst_nodes::internal_link(label, content)),
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

/// Returns whether the word is a URL that would cause wide gaps in a justified paragraph.
fn is_long_url(word: &str) -> bool {
    word.len() > limits::RAGGED_CHARS && (word.contains("://") || word.starts_with("www."))
}

/// Finished paragraph.
pub(super) struct Paragraph {
    content: Array,
    /// Whether the paragraph is too long to optimize all line breaks together.
    long: bool,
    /// Whether the first alphabetic character is written from right to left.
    rtl: bool,
    /// Whether the paragraph is not justified, because justification would cause wide gaps.
    ragged: bool,
    /// Images as figures. Empty if the paragraph contains anything other than images.
    figures: Array,
}

impl Paragraph {
    /// Converts a paragraph of images to figures, and any other paragraph to one node of the given kind.
    pub(super) fn into_blocks(self, kind: &str) -> Array {
        if self.figures.is_empty() {
            Array::from_iter([self.into_node(|content| typst_nodes::with_content(kind, content))])
        } else {
            self.figures
        }
    }

    pub(super) fn into_heading(self, heading: &Heading) -> Value {
        self.into_node(|content| typst_nodes::heading(heading, content))
    }

    fn into_node(self, node: impl FnOnce(Array) -> Dict) -> Value {
        let mut node = node(self.content);
        typst_nodes::set_flag(&mut node, "long", self.long);
        typst_nodes::set_flag(&mut node, "rtl", self.rtl);
        typst_nodes::set_flag(&mut node, "ragged", self.ragged);
        node.into_value()
    }
}
