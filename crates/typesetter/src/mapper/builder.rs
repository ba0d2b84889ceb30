//! Walks the events once and builds the tree, keeping what is open on a stack of its own.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use typst::foundations::{Array, IntoValue, Value};

use super::code::Highlighting;
use super::frame::{Frame, Kind};
use super::line::{Line, Style};
use super::link::{self, Target};
use super::node;
use super::notes::Notes;
use super::outline::{Heading, Outline};
use super::words::OpenImage;
use crate::picture::Pictures;

/// Builds the body of a document and of its footnotes.
pub(super) struct Builder<'a> {
    pub(super) events: &'a [Event<'a>],
    pub(super) notes: &'a Notes,
    pub(super) outline: &'a Outline,
    pub(super) pictures: &'a Pictures,
    pub(super) frames: Vec<Frame>,
    pub(super) line: Line,
    /// The heading whose words are being read.
    pub(super) heading: Option<&'a Heading>,
    /// The fence's words and the code so far.
    pub(super) code: Option<(String, String)>,
    pub(super) html: Option<String>,
    pub(super) image: Option<OpenImage>,
    pub(super) highlighting: Highlighting,
    /// The numbers of the footnotes that have been referred to, by name.
    pub(super) numbers: HashMap<String, usize>,
    pub(super) referenced: Vec<Range<usize>>,
    pub(super) in_note: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(events: &'a [Event<'a>], notes: &'a Notes, outline: &'a Outline, pictures: &'a Pictures) -> Self {
        Self {
            events,
            notes,
            outline,
            pictures,
            frames: Vec::new(),
            line: Line::new(),
            heading: None,
            code: None,
            html: None,
            image: None,
            highlighting: Highlighting::new(),
            numbers: HashMap::new(),
            referenced: Vec::new(),
            in_note: false,
        }
    }

    /// Builds the blocks of one balanced range of events.
    pub(super) fn build(&mut self, range: Range<usize>) -> Array {
        self.frames = vec![Frame::new(Kind::Flat)];
        let notes = self.notes;
        for at in notes.outside(range) {
            self.event(at);
        }
        self.flush("x");
        self.frames.drain(..).next().map(|frame| frame.blocks).unwrap_or_default()
    }

    /// Builds one footnote; what it refers to is not followed.
    pub(super) fn build_note(&mut self, range: Range<usize>) -> Array {
        self.in_note = true;
        let mut blocks = self.build(range);
        // Its first words stand beside the number and not below it.
        if let Ok(Value::Dict(first)) = blocks.first_mut()
            && first.get("t").is_ok_and(|kind| *kind == "p".into_value())
        {
            first.insert("t".into(), "x".into_value());
        }
        blocks
    }

    /// The footnotes that the body refers to, in order.
    pub(super) fn referenced_notes(&mut self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.referenced)
    }

    fn event(&mut self, at: usize) {
        let events = self.events;
        if self.image.is_some() {
            self.alternative_text(&events[at]);
            return;
        }
        match &events[at] {
            Event::Start(tag) => self.start(at, tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(words) => self.text(words),
            Event::Code(words) => self.inline_code(words),
            Event::InlineHtml(html) => self.inline_html(html),
            Event::Html(html) => self.html.get_or_insert_default().push_str(html),
            Event::FootnoteReference(name) => self.reference(name),
            Event::SoftBreak => self.line.text(" "),
            Event::HardBreak => self.line_break(),
            Event::Rule => self.block(node::empty("hr")),
            Event::TaskListMarker(done) => self.task(*done),
            // Not switched on: a formula would need a parser of its own.
            Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, at: usize, tag: &'a Tag<'a>) {
        match tag {
            Tag::Emphasis => self.line.begin(Style::Emphasis),
            Tag::Strong => self.line.begin(Style::Strong),
            Tag::Strikethrough => self.line.begin(Style::Strike),
            Tag::Link { link_type, dest_url, .. } => {
                let style = match link::target(*link_type, dest_url, self.outline) {
                    Target::Web(address) => Style::Web(address),
                    Target::Heading(label) => Style::Jump(label),
                    Target::Nothing => Style::Plain,
                };
                self.line.begin(style);
            }
            Tag::Image { dest_url, title, .. } => self.image = Some(OpenImage::new(dest_url, title)),
            _ => self.start_block(at, tag),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => {
                self.line.end();
            }
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Heading(_) => self.flush("x"),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => self.end_html(),
            TagEnd::TableHead => self.in_head(false),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::Table | TagEnd::TableCell => self.close(),
            _ => {}
        }
    }
}
