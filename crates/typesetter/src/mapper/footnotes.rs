//! Footnote definitions of a document, and the positions of events outside the definitions.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// Footnote definitions as ranges of events of the document.
#[derive(Default)]
pub(super) struct Footnotes {
    by_name: HashMap<String, Range<usize>>,
    end_by_start: HashMap<usize, usize>,
}

impl Footnotes {
    pub(super) fn find(events: &[Event<'_>]) -> Self {
        let mut footnotes = Self::default();
        let mut open: Vec<(usize, &CowStr<'_>)> = Vec::new();
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Start(Tag::FootnoteDefinition(name)) => open.push((at, name)),
                Event::End(TagEnd::FootnoteDefinition) => {
                    if let Some((start, name)) = open.pop() {
                        footnotes.add(name, start, at);
                    }
                }
                _ => {}
            }
        }
        footnotes
    }

    /// Adds a definition. If several definitions have the same name, the first definition applies, as on GitHub.
    fn add(&mut self, name: &str, start: usize, end: usize) {
        self.by_name.entry(name.to_owned()).or_insert(start + 1..end);
        self.end_by_start.insert(start, end + 1);
    }

    /// Returns the range of events of a footnote, or `None` if no footnote has this name.
    pub(super) fn body(&self, name: &str) -> Option<Range<usize>> {
        self.by_name.get(name).cloned()
    }

    /// Returns all positions in `range` that are outside footnote definitions.
    pub(super) fn positions_outside(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let mut at = range.start;
        std::iter::from_fn(move || {
            while let Some(end) = self.definition_end(at) {
                at = end;
            }
            let here = at;
            at += 1;
            (here < range.end).then_some(here)
        })
    }

    /// Returns the position after the definition that starts at `at`, or `None` if no definition starts at `at`.
    fn definition_end(&self, at: usize) -> Option<usize> {
        self.end_by_start.get(&at).copied()
    }
}
