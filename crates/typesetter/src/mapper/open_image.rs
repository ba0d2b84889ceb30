//! Open image of the builder. The builder is still reading the alternative text of the image.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{limits, sanitize};

/// Maximum length of a caption, and maximum length of an alternative text, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// Image whose alternative text is still being read.
pub(super) struct OpenImage {
    pub(super) url: String,
    pub(super) caption: String,
    alt: String,
    /// Number of open images inside the alternative text.
    nested: usize,
}

impl OpenImage {
    pub(super) fn new(url: &str, caption: &str) -> Self {
        Self { url: url.to_owned(), caption: clean(caption, limits::RUN_CHARS), alt: String::new(), nested: 0 }
    }

    /// Adds the text of an event within `![…]`. Returns whether the event ends the image.
    pub(super) fn add(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Text(text) | Event::Code(text) => self.alt.push_str(text),
            Event::SoftBreak | Event::HardBreak => self.alt.push(' '),
            Event::Start(Tag::Image { .. }) => self.nested += 1,
            Event::End(TagEnd::Image) if self.nested > 0 => self.nested -= 1,
            Event::End(TagEnd::Image) => return true,
            _ => {}
        }
        false
    }

    /// Returns the sanitized alternative text. `run` is the maximum length of a word without a possible line break.
    pub(super) fn alternative_text(&self, run: usize) -> String {
        clean(&self.alt, run)
    }
}

/// Sanitizes and truncates a text. Adds the possible line breaks last, because the maximum length excludes them.
fn clean(text: &str, run: usize) -> String {
    let text = sanitize::prose(text, usize::MAX);
    sanitize::prose(&sanitize::truncate(text.trim(), MAX_TEXT_BYTES), run)
}
