//! Builder: visits each event once and builds the value tree. Open containers are on an explicit stack.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use typst::foundations::{Array, IntoValue, Value};

use super::code::HighlightBudget;
use super::containers::{Container, ContainerKind};
use super::footnotes::Footnotes;
use super::headings::{Heading, Headings};
use super::link::{self, LinkTarget};
use super::open_image::OpenImage;
use super::paragraph::{OpenParagraph, Style};
use super::typst_nodes;
use crate::images::Images;

/// Builder of the body and the footnotes of a document.
pub(super) struct Builder<'a> {
    pub(super) events: &'a [Event<'a>],
    pub(super) footnotes: &'a Footnotes,
    pub(super) headings: &'a Headings,
    pub(super) images: &'a Images,
    /// Open containers, innermost last.
    pub(super) containers: Vec<Container>,
    pub(super) paragraph: OpenParagraph,
    /// Heading whose text the open paragraph contains, or `None`.
    pub(super) heading: Option<&'a Heading>,
    /// Info string and text of the open code block, or `None`.
    pub(super) code: Option<(String, String)>,
    /// Text of the open HTML block, or `None`.
    pub(super) html: Option<String>,
    pub(super) image: Option<OpenImage>,
    pub(super) highlight_budget: HighlightBudget,
    /// Numbers of the referenced footnotes, keyed by the name of the footnote.
    pub(super) footnote_numbers: HashMap<String, usize>,
    /// Ranges of the events of the referenced footnotes, in the order of the first references.
    pub(super) referenced_footnotes: Vec<Range<usize>>,
    pub(super) in_footnote: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        events: &'a [Event<'a>],
        footnotes: &'a Footnotes,
        headings: &'a Headings,
        images: &'a Images,
    ) -> Self {
        Self {
            events,
            footnotes,
            headings,
            images,
            containers: Vec::new(),
            paragraph: OpenParagraph::new(),
            heading: None,
            code: None,
            html: None,
            image: None,
            highlight_budget: HighlightBudget::new(),
            footnote_numbers: HashMap::new(),
            referenced_footnotes: Vec::new(),
            in_footnote: false,
        }
    }

    /// Builds the blocks from a range of events, and skips footnote definitions. Each start event in the range must
    /// have its end event in the range.
    pub(super) fn build(&mut self, range: Range<usize>) -> Array {
        self.containers = vec![Container::new(ContainerKind::Flat)];
        let footnotes = self.footnotes;
        for at in footnotes.positions_outside(range) {
            self.event(at);
        }
        self.flush("x");
        self.containers.drain(..).next().map(|container| container.blocks).unwrap_or_default()
    }

    /// Builds one footnote. Footnote references inside this footnote become plain text.
    pub(super) fn build_footnote(&mut self, range: Range<usize>) -> Array {
        self.in_footnote = true;
        let mut blocks = self.build(range);
        // Uses the kind `x` instead of `p`, because the first line must be beside the footnote number.
        if let Ok(Value::Dict(first)) = blocks.first_mut()
            && first.get("t").is_ok_and(|kind| *kind == "p".into_value())
        {
            first.insert("t".into(), "x".into_value());
        }
        blocks
    }

    /// Takes the ranges of the referenced footnotes, in the order of the first references.
    pub(super) fn take_referenced_footnotes(&mut self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.referenced_footnotes)
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
            Event::Text(text) => self.text(text),
            // Shows inline HTML as code, so that no text of the author is lost.
            Event::Code(code) | Event::InlineHtml(code) => self.inline_code(code),
            Event::Html(html) => self.html.get_or_insert_default().push_str(html),
            Event::FootnoteReference(name) => self.footnote_reference(name),
            Event::SoftBreak => self.paragraph.push_text(" "),
            Event::HardBreak => self.line_break(),
            Event::Rule => self.push_block(typst_nodes::empty("hr")),
            Event::TaskListMarker(done) => self.set_task(*done),
            // The parser emits no formulas, because the option for formulas is off.
            Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, at: usize, tag: &'a Tag<'a>) {
        match tag {
            Tag::Emphasis => self.paragraph.open_style(Style::Emphasis),
            Tag::Strong => self.paragraph.open_style(Style::Strong),
            Tag::Strikethrough => self.paragraph.open_style(Style::Strikethrough),
            Tag::Link { link_type, dest_url, .. } => {
                let style = match link::resolve(*link_type, dest_url, self.headings) {
                    LinkTarget::External(url) => Style::ExternalLink(url),
                    LinkTarget::Heading(label) => Style::InternalLink(label),
                    LinkTarget::None => Style::Plain,
                };
                self.paragraph.open_style(style);
            }
            Tag::Image { dest_url, title, .. } => self.image = Some(OpenImage::new(dest_url, title)),
            _ => self.start_block(at, tag),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => {
                self.paragraph.close_style();
            }
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Heading(_) => self.flush("x"),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => self.end_html(),
            TagEnd::TableHead => self.set_in_head(false),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::Table | TagEnd::TableCell => self.close(),
            _ => {}
        }
    }
}
