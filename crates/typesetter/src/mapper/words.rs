//! Adds words, references and images to the line being read: the other half of the builder.

use pulldown_cmark::{Event, Tag, TagEnd};
use typst::foundations::IntoValue;

use super::builder::Builder;
use super::frame::{Frame, Kind};
use super::node;
use super::outline::letters;
use crate::{limits, text};

/// Bytes of text that are added to a line at once; a paragraph is split between two of these.
const PIECE: usize = 1024;

/// An image whose alternative text is being read.
pub(super) struct OpenImage {
    address: String,
    caption: String,
    alt: String,
    /// Images within its alternative text.
    nested: usize,
}

impl Builder<'_> {
    pub(super) fn text(&mut self, words: &str) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(words);
            return;
        }
        let clean = text::prose(words, self.run());
        for piece in pieces(&clean) {
            self.make_room(piece.len());
            self.line.text(piece);
        }
    }

    pub(super) fn inline_code(&mut self, words: &str) {
        let clean = text::prose(words, self.run());
        for piece in pieces(&clean) {
            self.make_room(piece.len() + limits::INLINE_WEIGHT);
            self.line.code(piece);
        }
    }

    pub(super) fn line_break(&mut self) {
        self.make_room(limits::INLINE_WEIGHT);
        self.line.node(node::empty("br"), 0);
    }

    pub(super) fn inline_html(&mut self, html: &str) {
        let tag: String = html.chars().filter(|c| !c.is_whitespace()).collect();
        if matches!(tag.to_ascii_lowercase().as_str(), "<br>" | "<br/>") {
            self.line_break();
        } else if !html.starts_with("<!--") {
            self.inline_code(html);
        }
    }

    pub(super) fn reference(&mut self, name: &str) {
        let body = self.notes.body(name).filter(|_| !self.in_note);
        let Some(body) = body else {
            self.text(&format!("[^{name}]"));
            return;
        };
        self.make_room(limits::INLINE_WEIGHT);
        self.note_in_head();
        let next = self.numbers.len();
        let number = *self.numbers.entry(name.to_owned()).or_insert(next);
        let label = format!("n-{}", letters(number));
        if number == next {
            self.referenced.push(body);
            self.line.node(node::note(number, &label), 0);
        } else {
            self.line.node(node::note_again(&label), 0);
        }
    }

    /// Within `![…]`, where words are the image's description and links are none.
    pub(super) fn alternative_text(&mut self, event: &Event<'_>) {
        let Some(image) = &mut self.image else { return };
        match event {
            Event::Text(words) | Event::Code(words) => image.alt.push_str(words),
            Event::SoftBreak | Event::HardBreak => image.alt.push(' '),
            Event::Start(Tag::Image { .. }) => image.nested += 1,
            Event::End(TagEnd::Image) if image.nested > 0 => image.nested -= 1,
            Event::End(TagEnd::Image) => self.end_image(),
            _ => {}
        }
    }

    pub(super) fn end_image(&mut self) {
        let Some(image) = self.image.take() else {
            return;
        };
        let alt = text::shortened(text::prose(&image.alt, self.run()).trim(), PIECE);
        self.make_room(limits::INLINE_WEIGHT);
        match self.pictures.get(&image.address) {
            Ok((picture, bytes)) => {
                let words = if image.caption.is_empty() { &alt } else { &image.caption };
                let shown = node::image(picture, bytes, &alt);
                self.line.image(shown.clone().into_value(), node::figure(shown, words));
            }
            Err(absent) => {
                self.line.node(node::missing_image(&alt, absent.reason()), alt.len());
            }
        }
    }

    /// Characters after which a word may be broken anywhere.
    pub(super) fn run(&self) -> usize {
        match self.frames.last() {
            Some(Frame { kind: Kind::Cell(run), .. }) => *run,
            _ => limits::RUN_CHARS,
        }
    }
}

impl OpenImage {
    pub(super) fn new(address: &str, caption: &str) -> Self {
        let caption = text::prose(caption, limits::RUN_CHARS);
        Self {
            address: address.to_owned(),
            caption: text::shortened(caption.trim(), PIECE),
            alt: String::new(),
            nested: 0,
        }
    }
}

/// Cuts long text so that a paragraph can be split between two pieces.
fn pieces(clean: &str) -> impl Iterator<Item = &str> {
    let mut rest = clean;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}
