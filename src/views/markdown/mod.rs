//! Renders Markdown as HTML for the preview, without elements that could run code.
//!
//! Uses the parser of the typesetter. The HTML contains only permitted elements. Raw HTML becomes text, links must have
//! a permitted scheme, and images must be uploads of the owner.

mod front_matter;
mod tables;

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd, html::push_html};
use typesetter::markdown::{FrontMatter, events, external_url, upload_id};

use self::tables::Tables;

/// Number of events between two calls of `stopped` in [`html_until`].
const EVENTS_BETWEEN_CHECKS: usize = 1024;

/// Returns the HTML of a Markdown text, or an empty string if the text exceeds the limits of the typesetter.
#[must_use]
pub fn html(markdown: &str) -> String {
    html_until(markdown, || false)
}

/// Returns the result of [`html`], or an empty string if `stopped` returns `true` before the end.
#[must_use]
pub fn html_until(markdown: &str, stopped: impl Fn() -> bool) -> String {
    let Ok(events) = events(markdown) else { return String::new() };
    let mut shown = Vec::with_capacity(events.len());
    let mut writer = Writer { tables: Tables::default(), dropped: Vec::new(), notes: Vec::new() };
    let matter = front_matter::table(FrontMatter::of(markdown));
    for (count, event) in matter.into_iter().chain(events).enumerate() {
        if count % EVENTS_BETWEEN_CHECKS == 0 && stopped() {
            return String::new();
        }
        writer.write(event, &mut shown);
    }
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, shown.into_iter());
    html
}

/// Replaces events of the parser with safe events.
struct Writer<'a> {
    tables: Tables,
    /// Replacement HTML for the end tag of each open link or image. `None` keeps the end tag of a link.
    dropped: Vec<Option<CowStr<'a>>>,
    /// Labels of the footnotes, sorted by number.
    notes: Vec<CowStr<'a>>,
}

impl<'a> Writer<'a> {
    fn write(&mut self, event: Event<'a>, shown: &mut Vec<Event<'a>>) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => shown.push(Event::Text(raw)),
            Event::Start(tag) => self.start(tag, shown),
            Event::End(tag) => self.end(tag, shown),
            Event::TaskListMarker(done) => task(done, shown),
            Event::FootnoteReference(label) => shown.push(trusted(format!("<sup>{}</sup>", self.number(label)))),
            other => shown.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'a>, shown: &mut Vec<Event<'a>>) {
        match tag {
            Tag::Link { link_type, dest_url, .. } => self.link(external_url(link_type, &dest_url), shown),
            Tag::Image { dest_url, .. } => self.image(&dest_url, shown),
            Tag::Heading { level, .. } => shown.push(trusted(format!("<h{}>", lowered(level)))),
            Tag::BlockQuote(kind) => shown.push(trusted(quote(kind))),
            Tag::FootnoteDefinition(label) => {
                let number = self.number(label);
                shown.push(trusted(format!("<div class=\"footnote-definition\"><span>{number}</span><div>")));
            }
            Tag::HtmlBlock => shown.push(trusted("<pre>")),
            Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell => {
                shown.push(trusted(self.tables.start(tag)));
            }
            other => shown.push(Event::Start(other)),
        }
    }

    fn end(&mut self, tag: TagEnd, shown: &mut Vec<Event<'a>>) {
        match tag {
            TagEnd::Link | TagEnd::Image => match self.dropped.pop().flatten() {
                Some(instead) => shown.push(trusted(instead)),
                None => shown.push(Event::End(TagEnd::Link)),
            },
            TagEnd::Heading(level) => shown.push(trusted(format!("</h{}>\n", lowered(level)))),
            TagEnd::BlockQuote(_) => shown.push(trusted("</blockquote>\n")),
            TagEnd::FootnoteDefinition => shown.push(trusted("</div></div>\n")),
            TagEnd::HtmlBlock => shown.push(trusted("</pre>\n")),
            TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell => {
                shown.push(trusted(self.tables.end(tag)));
            }
            other => shown.push(Event::End(other)),
        }
    }

    /// Returns the number of a footnote. Footnotes are numbered by their first mention, not by their label.
    fn number(&mut self, label: CowStr<'a>) -> usize {
        let position = self.notes.iter().position(|note| *note == label);
        let index = position.unwrap_or(self.notes.len());
        if position.is_none() {
            self.notes.push(label);
        }
        index + 1
    }

    /// Opens a link, or adds nothing if the link has no permitted URL.
    ///
    /// The link has no title, because the PDF does not contain the titles of links.
    fn link(&mut self, url: Option<String>, shown: &mut Vec<Event<'a>>) {
        self.dropped.push(url.is_none().then(|| "".into()));
        let (link_type, none) = (LinkType::Inline, || CowStr::Borrowed(""));
        let tag = |url: String| Tag::Link { link_type, dest_url: url.into(), title: none(), id: none() };
        shown.extend(url.map(|url| Event::Start(tag(url))));
    }

    /// Adds an uploaded image, followed by its description. For an image that is not an upload, adds only the
    /// description.
    fn image(&mut self, address: &str, shown: &mut Vec<Event<'a>>) {
        if let Some(id) = upload_id(address) {
            shown.push(trusted(format!("<img src=\"/uploads/{id}/content\" alt=\"\" loading=\"lazy\"> <em>")));
        } else {
            shown.push(trusted("<em class=\"missing\">"));
        }
        self.dropped.push(Some("</em>".into()));
    }
}

/// Adds a check box, which replaces the bullet of its list item.
fn task(done: bool, shown: &mut Vec<Event<'_>>) {
    let item = shown.iter().rev().take(2).position(|event| matches!(event, Event::Start(Tag::Item)));
    if let Some(event) = item.and_then(|back| shown.iter_mut().rev().nth(back)) {
        *event = trusted("<li class=\"task\">");
    }
    shown.push(trusted(if done { "\u{2611} " } else { "\u{2610} " }));
}

/// Returns an event whose HTML is written unescaped. The HTML must not contain text of the document.
fn trusted<'a>(html: impl Into<CowStr<'a>>) -> Event<'a> {
    Event::InlineHtml(html.into())
}

/// Returns the next lower heading level, because the web page has its own `h1`. `h1` becomes `h2`, and `h6` stays `h6`.
fn lowered(level: HeadingLevel) -> u8 {
    (level as u8 + 1).min(6)
}

const fn quote(kind: Option<BlockQuoteKind>) -> &'static str {
    match kind {
        None => "<blockquote>\n",
        Some(BlockQuoteKind::Note) => "<blockquote class=\"note\">\n",
        Some(BlockQuoteKind::Tip) => "<blockquote class=\"tip\">\n",
        Some(BlockQuoteKind::Important) => "<blockquote class=\"important\">\n",
        Some(BlockQuoteKind::Warning) => "<blockquote class=\"warning\">\n",
        Some(BlockQuoteKind::Caution) => "<blockquote class=\"caution\">\n",
    }
}

#[cfg(test)]
mod tests;
