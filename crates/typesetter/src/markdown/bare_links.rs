//! Converts bare URLs and e-mail addresses to links.
//!
//! The Markdown parser has no extension for bare URLs. The parser would interpret the characters `_`, `*` and `~` of a
//! URL as emphasis. Therefore, the document is parsed twice: the first time to find the text outside code, HTML, links
//! and images, and the second time with a placeholder in place of each bare URL. The placeholder is an autolink such as
//! `<bare:0>`.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use super::autolinks::{Autolink, emails, urls};

/// Event of the parser and its position in the Markdown text.
pub(super) type Located<'a> = (Event<'a>, Range<usize>);

/// Returns the bare URLs and e-mail addresses outside code, HTML, links and images, in the order of the text.
pub(super) fn find(markdown: &str, events: &[Located<'_>]) -> Vec<Autolink> {
    if !markdown.contains("://") && !markdown.contains("www.") && !markdown.contains('@') {
        return Vec::new();
    }
    let mut search = Search { markdown, found: Vec::new(), open: 0, segment: None, texts: Vec::new() };
    for (event, range) in events {
        search.event(event, range);
    }
    search.end_segment();
    search.found
}

/// Search for bare URLs in the events of a document.
struct Search<'a> {
    markdown: &'a str,
    found: Vec<Autolink>,
    /// Number of open links, images and code blocks.
    open: usize,
    /// Range of text without a line break, code, HTML, link or image. May contain the delimiters of emphasis.
    segment: Option<Range<usize>>,
    /// Ranges of the texts in `segment`, without the delimiters of emphasis.
    texts: Vec<Range<usize>>,
}

impl Search<'_> {
    fn event(&mut self, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                self.end_segment();
                self.open += 1;
            }
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => self.open = self.open.saturating_sub(1),
            _ if self.open > 0 => {}
            Event::Text(_) => {
                self.extend(range.start, range.end);
                self.texts.push(range.clone());
            }
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough) => self.extend(range.start, range.start),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {
                self.extend(range.end, range.end);
            }
            _ => self.end_segment(),
        }
    }

    fn extend(&mut self, start: usize, end: usize) {
        let segment = self.segment.get_or_insert(start..end);
        segment.end = segment.end.max(end);
    }

    fn end_segment(&mut self) {
        let (Some(segment), texts) = (self.segment.take(), std::mem::take(&mut self.texts)) else { return };
        let urls = urls(self.markdown, segment);
        let mut found: Vec<_> = texts.into_iter().flat_map(|text| emails(self.markdown, text)).collect();
        found.retain(|email| !overlaps(&urls, email));
        found.extend(urls);
        found.sort_by_key(|link| link.range.start);
        self.found.append(&mut found);
    }
}

/// Returns whether the e-mail address is a part of a URL. The URLs must be sorted by position.
fn overlaps(urls: &[Autolink], email: &Autolink) -> bool {
    let next = urls.partition_point(|url| url.range.end <= email.range.start);
    urls.get(next).is_some_and(|url| url.range.start < email.range.end)
}

/// Replaces each link by a placeholder. Returns the text and the position of each placeholder in the text.
pub(super) fn replace(markdown: &str, links: &[Autolink]) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(markdown.len());
    let (mut positions, mut end) = (Vec::with_capacity(links.len()), 0);
    for (number, link) in links.iter().enumerate() {
        text.push_str(&markdown[end..link.range.start]);
        positions.push(text.len());
        text.extend(["<bare:", &number.to_string(), ">"]);
        end = link.range.end;
    }
    text.push_str(&markdown[end..]);
    (text, positions)
}

/// Replaces the placeholders in the events by the links.
///
/// Returns `None` if at least one placeholder is not a link in the events, for example because a link definition
/// contains the placeholder.
pub(super) fn restore(
    markdown: &str,
    events: Vec<Located<'_>>,
    links: &[Autolink],
    positions: &[usize],
) -> Option<Vec<Event<'static>>> {
    let mut restored = Vec::with_capacity(events.len());
    let mut left = links.iter().zip(positions).peekable();
    let mut events = events.into_iter();
    while let Some((event, range)) = events.next() {
        match left.next_if(|(_, at)| **at == range.start && is_link(&event)) {
            Some((link, _)) => {
                restored.push(Event::Start(tag(link)));
                restored.push(Event::Text(markdown[link.range.clone()].replace("\\|", "|").into()));
                // Skips the text of the placeholder.
                events.next();
            }
            None => restored.push(event.into_static()),
        }
    }
    left.peek().is_none().then_some(restored)
}

fn is_link(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::Link { link_type: LinkType::Autolink, .. }))
}

fn tag(link: &Autolink) -> Tag<'static> {
    let none = || CowStr::Borrowed("");
    Tag::Link { link_type: LinkType::Autolink, dest_url: link.url.clone().into(), title: none(), id: none() }
}
