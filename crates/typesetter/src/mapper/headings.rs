//! Headings of a document: levels without gaps, and labels as link targets.

use std::collections::HashMap;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::footnotes::Footnotes;
use crate::sanitize;

/// Visible heading: a heading that is not empty.
pub(super) struct Heading {
    /// Level of the heading, 1 to 6: the number of enclosing headings plus one.
    ///
    /// The level in the Markdown text is not used, because gaps between levels confuse users of screen readers.
    pub(super) level: usize,
    /// Label of the heading in the template.
    ///
    /// The label is short and alphabetic, because Typst would store any other label until the process ends.
    pub(super) label: String,
    plain: String,
}

/// Visible headings of the document. Excludes headings in footnotes.
#[derive(Default)]
pub(super) struct Headings {
    by_start: HashMap<usize, Heading>,
    label_by_slug: HashMap<String, String>,
}

impl Headings {
    /// Collects the visible headings outside footnotes.
    pub(super) fn collect(events: &[Event<'_>], footnotes: &Footnotes) -> Self {
        let mut headings = Self::default();
        let mut slugs = HashMap::new();
        let mut above = Vec::new();
        for at in footnotes.positions_outside(0..events.len()) {
            let Event::Start(Tag::Heading { level, .. }) = &events[at] else {
                continue;
            };
            let plain = plain_text(&events[at + 1..]);
            // Skips an empty heading, because the PDF outline would contain an empty line.
            if plain.is_empty() {
                continue;
            }
            above.retain(|upper| upper < level);
            above.push(*level);
            headings.add(at, above.len(), plain, &mut slugs);
        }
        headings
    }

    fn add(&mut self, at: usize, level: usize, plain: String, slugs: &mut HashMap<String, usize>) {
        let label = format!("h-{}", alphabetic_number(self.by_start.len()));
        self.label_by_slug.insert(unique(slug(&plain), slugs), label.clone());
        self.by_start.insert(at, Heading { level, label, plain });
    }

    /// Returns the heading that starts at event `at`, or `None` if the heading is empty or in a footnote.
    pub(super) fn heading(&self, at: usize) -> Option<&Heading> {
        self.by_start.get(&at)
    }

    /// Returns the label of the heading with this slug, or `None` if no heading has this slug.
    pub(super) fn label(&self, slug: &str) -> Option<&str> {
        self.label_by_slug.get(&slug.to_lowercase()).map(String::as_str)
    }

    /// Returns whether the document begins with `title` as a level-1 heading.
    pub(super) fn begins_with(&self, events: &[Event<'_>], title: &str) -> bool {
        let starts = matches!(events.first(), Some(Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })));
        starts && self.heading(0).is_some_and(|heading| heading.plain == title)
    }
}

/// Converts a number to base 26 with the digits `a` to `z`: 0 is `a`, 26 is `ba`.
pub(super) fn alphabetic_number(mut number: usize) -> String {
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
    sanitize::prose(&plain, usize::MAX).trim().to_owned()
}

/// Returns the slug of a heading as on GitHub: lower case, hyphens for spaces, and no punctuation except `-` and `_`.
fn slug(plain: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    plain.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Makes a slug unique. For example, the second `notes` becomes `notes-1`.
fn unique(slug: String, seen: &mut HashMap<String, usize>) -> String {
    let count = seen.entry(slug.clone()).or_default();
    let unique = if *count == 0 { slug } else { format!("{slug}-{count}") };
    *count += 1;
    unique
}
