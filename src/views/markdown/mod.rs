//! Markdown as HTML for the preview: what somebody wrote, and nothing that could run.
//!
//! The same reading of Markdown as the typesetter's. Whatever the text holds, only elements that are
//! named here come out: raw HTML shows as it is written, links lead to the web or nowhere, pictures are
//! the owner's uploads.

mod tables;

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, HeadingLevel, Tag, TagEnd, html::push_html};
use typesetter::markdown::{events, upload_id};

use self::tables::Tables;

/// Events after which is checked whether the work is still wanted.
const EVENTS_BETWEEN_CHECKS: usize = 1024;

/// Schemes of links that stay links.
const SCHEMES: [&str; 3] = ["http:", "https:", "mailto:"];

/// The HTML of a text; nothing where it has more than the typesetter takes.
#[must_use]
pub fn html(markdown: &str) -> String {
    html_until(markdown, || false)
}

/// As [`html`]; gives up with an empty text once nobody waits for it.
#[must_use]
pub fn html_until(markdown: &str, stopped: impl Fn() -> bool) -> String {
    let Ok(events) = events(markdown) else { return String::new() };
    let mut shown = Vec::with_capacity(events.len());
    let mut writer = Writer { tables: Tables::default(), dropped: Vec::new(), notes: Vec::new() };
    for (count, event) in events.into_iter().enumerate() {
        if count % EVENTS_BETWEEN_CHECKS == 0 && stopped() {
            return String::new();
        }
        writer.write(event, &mut shown);
    }
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, shown.into_iter());
    html
}

/// Turns events into those that may be shown.
struct Writer<'a> {
    tables: Tables,
    /// For each link or picture that is open, what ends it instead of its own end.
    dropped: Vec<Option<CowStr<'a>>>,
    /// Footnotes in the order in which they are numbered.
    notes: Vec<CowStr<'a>>,
}

impl<'a> Writer<'a> {
    fn write(&mut self, event: Event<'a>, shown: &mut Vec<Event<'a>>) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => shown.push(Event::Text(raw)),
            Event::Start(tag) => self.start(tag, shown),
            Event::End(tag) => self.end(tag, shown),
            Event::TaskListMarker(done) => task(done, shown),
            Event::FootnoteReference(label) => shown.push(ours(format!("<sup>{}</sup>", self.number(label)))),
            other => shown.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'a>, shown: &mut Vec<Event<'a>>) {
        match tag {
            Tag::Link { ref dest_url, .. } => {
                let leads = is_safe(dest_url);
                self.dropped.push((!leads).then(|| "".into()));
                if leads {
                    shown.push(Event::Start(plain_link(tag)));
                }
            }
            Tag::Image { dest_url, .. } => self.picture(&dest_url, shown),
            Tag::Heading { level, .. } => shown.push(ours(format!("<h{}>", lowered(level)))),
            Tag::BlockQuote(kind) => shown.push(ours(quote(kind))),
            Tag::FootnoteDefinition(label) => {
                let number = self.number(label);
                shown.push(ours(format!("<div class=\"footnote-definition\"><span>{number}</span><div>")));
            }
            Tag::HtmlBlock => shown.push(ours("<pre>")),
            Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell => shown.push(ours(self.tables.start(tag))),
            other => shown.push(Event::Start(other)),
        }
    }

    fn end(&mut self, tag: TagEnd, shown: &mut Vec<Event<'a>>) {
        match tag {
            TagEnd::Link | TagEnd::Image => match self.dropped.pop().flatten() {
                Some(instead) => shown.push(ours(instead)),
                None => shown.push(Event::End(TagEnd::Link)),
            },
            TagEnd::Heading(level) => shown.push(ours(format!("</h{}>\n", lowered(level)))),
            TagEnd::BlockQuote(_) => shown.push(ours("</blockquote>\n")),
            TagEnd::FootnoteDefinition => shown.push(ours("</div></div>\n")),
            TagEnd::HtmlBlock => shown.push(ours("</pre>\n")),
            TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell => {
                shown.push(ours(self.tables.end(tag)));
            }
            other => shown.push(Event::End(other)),
        }
    }

    /// A footnote's number: numbered as they come, not by what the writer calls them.
    fn number(&mut self, label: CowStr<'a>) -> usize {
        let known = self.notes.iter().position(|note| *note == label);
        let index = known.unwrap_or(self.notes.len());
        if known.is_none() {
            self.notes.push(label);
        }
        index + 1
    }

    /// A picture of the owner's with the words for it below, or those words alone.
    fn picture(&mut self, address: &str, shown: &mut Vec<Event<'a>>) {
        if let Some(id) = upload_id(address) {
            shown.push(ours(format!("<img src=\"/uploads/{id}/content\" alt=\"\" loading=\"lazy\"> <em>")));
        } else {
            shown.push(ours("<em class=\"missing\">"));
        }
        self.dropped.push(Some("</em>".into()));
    }
}

/// A box, ticked or not, which stands in its item's bullet's place.
fn task(done: bool, shown: &mut Vec<Event<'_>>) {
    let item = shown.iter().rev().take(2).position(|event| matches!(event, Event::Start(Tag::Item)));
    if let Some(event) = item.and_then(|back| shown.iter_mut().rev().nth(back)) {
        *event = ours("<li class=\"task\">");
    }
    shown.push(ours(if done { "\u{2611} " } else { "\u{2610} " }));
}

/// HTML that we made.
fn ours<'a>(html: impl Into<CowStr<'a>>) -> Event<'a> {
    Event::InlineHtml(html.into())
}

fn is_safe(address: &str) -> bool {
    let lower = address.trim_start().to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
}

/// Without a title, which a reader of the PDF would not see either.
fn plain_link(tag: Tag<'_>) -> Tag<'_> {
    match tag {
        Tag::Link { link_type, dest_url, id, .. } => Tag::Link { link_type, dest_url, title: "".into(), id },
        other => other,
    }
}

/// The page has its own first heading.
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
