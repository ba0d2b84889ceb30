//! Converts the HTML element `<br>` to a line break, and removes HTML comments.

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// Returns the events with line breaks in place of `<br>`, and without HTML comments.
///
/// White space beside a line break is removed, because a web page does not show the white space.
pub(super) fn convert(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut converted = Converted { events: Vec::with_capacity(events.len()), after_break: false };
    let mut block = Vec::new();
    for event in events {
        match event {
            Event::Start(Tag::HtmlBlock) => block.clear(),
            Event::Html(html) => block.push(html),
            Event::End(TagEnd::HtmlBlock) => converted.block(std::mem::take(&mut block)),
            Event::InlineHtml(html) if is_break(&html) => converted.line_break(),
            Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::HardBreak => converted.line_break(),
            event => converted.push(event),
        }
    }
    converted.events
}

/// Converted events so far.
struct Converted<'a> {
    events: Vec<Event<'a>>,
    /// Whether the last event is a line break. Ignores starts and ends of inline elements.
    after_break: bool,
}

impl<'a> Converted<'a> {
    fn push(&mut self, event: Event<'a>) {
        let event = match event {
            Event::SoftBreak if self.after_break => return,
            Event::Text(text) if self.after_break => {
                let kept = text.trim_start();
                if kept.is_empty() {
                    return;
                }
                Event::Text(if kept.len() == text.len() { text } else { kept.to_owned().into() })
            }
            event => event,
        };
        self.after_break &= is_inline_boundary(&event);
        self.events.push(event);
    }

    fn line_break(&mut self) {
        if let Some(Event::Text(text)) = self.events.last_mut() {
            let kept = text.trim_end();
            if kept.len() < text.len() {
                *text = kept.to_owned().into();
            }
        }
        self.events.push(Event::HardBreak);
        self.after_break = true;
    }

    /// Adds an HTML block. Converts the block to a paragraph if `<br>` is the only element in the block. Omits a block
    /// that contains only comments.
    fn block(&mut self, lines: Vec<CowStr<'a>>) {
        let html: String = lines.iter().map(|line| &**line).collect();
        let Some(parts) = parts(&html) else {
            self.push(Event::Start(Tag::HtmlBlock));
            for line in lines {
                self.push(Event::Html(line));
            }
            self.push(Event::End(TagEnd::HtmlBlock));
            return;
        };
        if parts.is_empty() {
            return;
        }
        self.push(Event::Start(Tag::Paragraph));
        for part in parts {
            match part {
                Event::HardBreak => self.line_break(),
                part => self.push(part),
            }
        }
        self.push(Event::End(TagEnd::Paragraph));
    }
}

/// Returns the text lines and line breaks of an HTML block, or `None` if the block has an element other than `<br>`.
fn parts(html: &str) -> Option<Vec<Event<'static>>> {
    let mut parts = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        push_lines(&rest[..start], &mut parts);
        rest = &rest[start..];
        let end = if rest.starts_with("<!--") { rest.find("-->")? + 3 } else { rest.find('>')? + 1 };
        if is_break(&rest[..end]) {
            parts.push(Event::HardBreak);
        } else if !rest.starts_with("<!--") {
            return None;
        }
        rest = &rest[end..];
    }
    push_lines(rest, &mut parts);
    Some(parts)
}

fn push_lines(text: &str, parts: &mut Vec<Event<'static>>) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if matches!(parts.last(), Some(Event::Text(_))) {
            parts.push(Event::SoftBreak);
        }
        parts.push(Event::Text(line.to_owned().into()));
    }
}

/// Returns whether a tag is `<br>`, in upper or lower case and with or without attributes.
fn is_break(tag: &str) -> bool {
    let continues = |c: char| c.is_ascii_alphanumeric() || c == '-';
    tag.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("<br")) && !tag[3..].starts_with(continues)
}

fn is_inline_boundary(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. }),
        Event::End(tag) => matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link),
        _ => false,
    }
}
