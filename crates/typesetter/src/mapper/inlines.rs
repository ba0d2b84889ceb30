//! Inline methods of the builder: add text, code, footnote references and images to the open paragraph.

use pulldown_cmark::Event;
use typst::foundations::IntoValue;

use super::builder::Builder;
use super::containers::{Container, ContainerKind};
use super::headings::alphabetic_number;
use super::paragraph::OpenParagraph;
use super::typst_nodes;
use crate::limits;
use crate::sanitize::{self, BREAK};

/// Maximum length of a piece of text, in bytes. A paragraph is split only between two pieces.
const PIECE_BYTES: usize = 1024;

impl Builder<'_> {
    /// Adds text to the open code block or to the paragraph.
    pub(super) fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        let clean = sanitize::prose(text, self.run());
        self.add(&clean, 0, OpenParagraph::push_text);
    }

    pub(super) fn inline_code(&mut self, code: &str) {
        let clean = sanitize::prose(code, self.run());
        self.add(&clean, limits::INLINE_WEIGHT, OpenParagraph::push_code);
    }

    /// Adds sanitized text with its possible line breaks. `push` adds one piece. The weight of a piece is `weight` plus
    /// the length of the piece.
    fn add(&mut self, clean: &str, weight: usize, push: fn(&mut OpenParagraph, &str)) {
        for run in clean.split_inclusive(BREAK) {
            for piece in pieces(run.trim_end_matches(BREAK)) {
                self.split_if_full(piece.len() + weight);
                push(&mut self.paragraph, piece);
            }
            if run.ends_with(BREAK) {
                self.paragraph.push_possible_break();
            }
        }
    }

    pub(super) fn line_break(&mut self) {
        self.split_if_full(limits::INLINE_WEIGHT);
        self.paragraph.push_node(typst_nodes::empty("br"), 0);
    }

    /// Adds a footnote reference. Adds plain text instead if the reference is inside a footnote, or if the footnote is
    /// undefined.
    pub(super) fn footnote_reference(&mut self, name: &str) {
        let body = self.footnotes.body(name).filter(|_| !self.in_footnote);
        let Some(body) = body else {
            self.text(&format!("[^{name}]"));
            return;
        };
        self.split_if_full(limits::INLINE_WEIGHT);
        self.record_footnote_in_head();
        let next = self.footnote_numbers.len();
        let number = *self.footnote_numbers.entry(name.to_owned()).or_insert(next);
        let label = format!("n-{}", alphabetic_number(number));
        if number == next {
            self.referenced_footnotes.push(body);
            self.paragraph.push_node(typst_nodes::footnote(number, &label), 0);
        } else {
            self.paragraph.push_node(typst_nodes::repeated_footnote(&label), 0);
        }
    }

    /// Processes an event within `![…]`. All text, including the text of links, becomes alternative text.
    pub(super) fn alternative_text(&mut self, event: &Event<'_>) {
        if self.image.as_mut().is_some_and(|image| image.add(event)) {
            self.end_image();
        }
    }

    fn end_image(&mut self) {
        let Some(image) = self.image.take() else {
            return;
        };
        let alt = image.alternative_text(self.run());
        self.split_if_full(limits::INLINE_WEIGHT);
        match self.images.get(&image.url) {
            Ok((info, bytes)) => {
                let caption = if image.caption.is_empty() { &alt } else { &image.caption };
                let node = typst_nodes::image(info, bytes, &alt.replace(BREAK, ""));
                self.paragraph.push_image(node.clone().into_value(), typst_nodes::figure(node, caption));
            }
            Err(error) => {
                self.paragraph.push_node(typst_nodes::missing_image(&alt, error.reason()), alt.len());
            }
        }
    }

    /// Returns the maximum length of a word without a possible line break, in characters.
    fn run(&self) -> usize {
        match self.containers.last() {
            Some(Container { kind: ContainerKind::Cell(run), .. }) => *run,
            _ => limits::RUN_CHARS,
        }
    }
}

/// Cuts text into pieces, so that a paragraph can be split between two pieces.
fn pieces(clean: &str) -> impl Iterator<Item = &str> {
    let mut rest = clean;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}
