//! Sanitizer: makes any text safe for the layout.
//!
//! Removes control characters and direction overrides, shortens grapheme clusters, and permits breaks in long words.
//!
//! Escapes nothing, because Typst receives values and never parses an author's text.

use unicode_segmentation::UnicodeSegmentation;

use crate::limits::CLUSTER_BYTES;

/// Unicode noncharacter that represents a possible line break. A sanitized text contains no other noncharacter.
///
/// The mapper and the template replace the noncharacter by a space without a visible width. The PDF does not contain
/// the noncharacter, because text that a reader copies from the PDF must equal the author's text.
pub(crate) const BREAK: char = '\u{FDD0}';

/// Sanitizes prose. Replaces each sequence of white space by one space, but keeps no-break spaces.
///
/// Permits a line break within a word after every `run` grapheme clusters.
pub(crate) fn prose(text: &str, run: usize) -> String {
    let mut sanitizer = Sanitizer::new(text.len(), run);
    for cluster in clusters(text) {
        if cluster.chars().all(char::is_whitespace) && !is_fixed_space(cluster) {
            sanitizer.space();
        } else {
            sanitizer.cluster(cluster);
        }
    }
    sanitizer.out
}

/// Sanitizes code. Keeps lines and spaces. Replaces a tab by four spaces.
///
/// Permits a line break within a word after every `run` grapheme clusters.
pub(crate) fn code(text: &str, run: usize) -> String {
    let mut sanitizer = Sanitizer::new(text.len(), run);
    for cluster in clusters(text) {
        match cluster {
            "\n" | "\r\n" | "\r" => sanitizer.white_space("\n"),
            "\t" => sanitizer.white_space("    "),
            " " => sanitizer.white_space(" "),
            _ => sanitizer.cluster(cluster),
        }
    }
    sanitizer.out
}

/// Returns whether the first alphabetic character belongs to a right-to-left script.
///
/// Returns `None` if the text contains no alphabetic character.
pub(crate) fn is_right_to_left(text: &str) -> Option<bool> {
    text.chars().find(|c| c.is_alphabetic()).map(|c| {
        matches!(u32::from(c),
            0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF
            | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
    })
}

/// Truncates a text to at most `bytes` bytes at a character boundary. Then appends an ellipsis, which `bytes` excludes.
///
/// Returns a text of at most `bytes` bytes unchanged.
pub(crate) fn truncate(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let kept = text[..text.floor_char_boundary(bytes)].trim_end();
    format!("{kept}…")
}

fn clusters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

/// Returns whether the cluster is a no-break space. The sanitizer keeps no-break spaces for Typst.
fn is_fixed_space(cluster: &str) -> bool {
    cluster.starts_with(['\u{A0}', '\u{202F}'])
}

/// Sanitized text so far, and the number of clusters since the last possible break.
struct Sanitizer {
    out: String,
    run: usize,
    since_break: usize,
}

impl Sanitizer {
    fn new(capacity: usize, run: usize) -> Self {
        Self { out: String::with_capacity(capacity), run, since_break: 0 }
    }

    fn space(&mut self) {
        if !self.out.ends_with(' ') {
            self.white_space(" ");
        }
    }

    fn white_space(&mut self, text: &str) {
        self.out.push_str(text);
        self.since_break = 0;
    }

    fn cluster(&mut self, cluster: &str) {
        // Shortens the cluster, because shaping thousands of accents on one character takes over a minute.
        let kept = &cluster[..cluster.floor_char_boundary(CLUSTER_BYTES)];
        if !kept.chars().any(is_printable) {
            return;
        }
        if self.since_break >= self.run {
            self.out.push(BREAK);
            self.since_break = 0;
        }
        self.out.extend(kept.chars().filter(|c| is_printable(*c)));
        self.since_break += 1;
    }
}

/// Returns whether the character is visible text: no control character, no direction override and no noncharacter.
fn is_printable(c: char) -> bool {
    let code = u32::from(c);
    let hidden = matches!(code,
        0x00..=0x1F | 0x7F..=0x9F
        | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFB | 0xFDD0..=0xFDEF);
    !hidden && code & 0xFFFE != 0xFFFE
}
