//! The headings of a document: their levels without gaps and the names to link to.

use std::collections::HashMap;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::notes::Notes;
use crate::text;

/// One heading that will be shown.
pub(super) struct Heading {
    /// 1 to 6; how many headings it stands under, plus one. The author's own numbers may have
    /// gaps, which a reader by ear would stumble over.
    pub(super) level: usize,
    /// What the template calls it. Letters only and short: other names are kept for the life
    /// of the process.
    pub(super) label: String,
    plain: String,
}

/// All headings of the running text; those in footnotes are no part of it.
#[derive(Default)]
pub(super) struct Outline {
    by_start: HashMap<usize, Heading>,
    label_by_slug: HashMap<String, String>,
}

impl Outline {
    pub(super) fn of(events: &[Event<'_>], notes: &Notes) -> Self {
        let mut outline = Self::default();
        let mut slugs = HashMap::new();
        let mut above = Vec::new();
        for at in notes.outside(0..events.len()) {
            let Event::Start(Tag::Heading { level, .. }) = &events[at] else {
                continue;
            };
            let plain = plain_text(&events[at + 1..]);
            // An empty heading would be an empty line in the reader's list of contents.
            if plain.is_empty() {
                continue;
            }
            above.retain(|upper| upper < level);
            above.push(*level);
            outline.add(at, above.len(), plain, &mut slugs);
        }
        outline
    }

    fn add(&mut self, at: usize, level: usize, plain: String, slugs: &mut HashMap<String, usize>) {
        let label = format!("h-{}", letters(self.by_start.len()));
        self.label_by_slug.insert(unique(slug(&plain), slugs), label.clone());
        self.by_start.insert(at, Heading { level, label, plain });
    }

    /// The heading that starts at this event, unless it is empty or in a footnote.
    pub(super) fn heading(&self, at: usize) -> Option<&Heading> {
        self.by_start.get(&at)
    }

    /// The label behind `#slug`.
    pub(super) fn label(&self, slug: &str) -> Option<&str> {
        self.label_by_slug.get(&slug.to_lowercase()).map(String::as_str)
    }

    /// Whether the text begins with this title as a level-1 heading.
    pub(super) fn begins_with(&self, events: &[Event<'_>], title: &str) -> bool {
        let starts = matches!(events.first(), Some(Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })));
        starts && self.heading(0).is_some_and(|heading| heading.plain == title)
    }
}

/// 0 is `a`, 26 is `ba`.
pub(super) fn letters(mut number: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]));
        number /= 26;
        if number == 0 {
            return reversed.into_iter().rev().collect();
        }
    }
}

fn plain_text(events: &[Event<'_>]) -> String {
    let mut plain = String::new();
    for event in events {
        match event {
            Event::End(TagEnd::Heading(_)) => break,
            Event::Text(text) | Event::Code(text) => plain.push_str(text),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            _ => {}
        }
    }
    text::prose(&plain, usize::MAX).trim().to_owned()
}

/// As GitHub does it: lower case, spaces to hyphens, no other punctuation.
fn slug(plain: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    plain.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The second `notes` is `notes-1`.
fn unique(slug: String, seen: &mut HashMap<String, usize>) -> String {
    let count = seen.entry(slug.clone()).or_default();
    let unique = if *count == 0 { slug } else { format!("{slug}-{count}") };
    *count += 1;
    unique
}
