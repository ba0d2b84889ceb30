//! Where the footnotes are defined.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// The definitions of a document's footnotes, as ranges of its events.
#[derive(Default)]
pub(super) struct Notes {
    by_name: HashMap<String, Range<usize>>,
    end_by_start: HashMap<usize, usize>,
}

impl Notes {
    pub(super) fn find(events: &[Event<'_>]) -> Self {
        let mut notes = Self::default();
        let mut open: Vec<(usize, &CowStr<'_>)> = Vec::new();
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Start(Tag::FootnoteDefinition(name)) => open.push((at, name)),
                Event::End(TagEnd::FootnoteDefinition) => {
                    if let Some((start, name)) = open.pop() {
                        notes.add(name, start, at);
                    }
                }
                _ => {}
            }
        }
        notes
    }

    /// Of two definitions of one name the first counts, as on GitHub.
    fn add(&mut self, name: &str, start: usize, end: usize) {
        self.by_name.entry(name.to_owned()).or_insert(start + 1..end);
        self.end_by_start.insert(start, end + 1);
    }

    /// What the footnote of this name says.
    pub(super) fn body(&self, name: &str) -> Option<Range<usize>> {
        self.by_name.get(name).cloned()
    }

    /// Where to go on if a definition starts here: it is not part of the running text.
    pub(super) fn skip(&self, at: usize) -> Option<usize> {
        self.end_by_start.get(&at).copied()
    }

    /// All positions in `range` that do not belong to a definition within it.
    pub(super) fn outside(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let mut at = range.start;
        std::iter::from_fn(move || {
            while let Some(end) = self.skip(at) {
                at = end;
            }
            let here = at;
            at += 1;
            (here < range.end).then_some(here)
        })
    }
}
