//! Makes any string safe to lay out: no control or direction tricks, no endless character, no
//! endless word. Nothing is escaped, because nothing is parsed afterwards.

use unicode_segmentation::UnicodeSegmentation;

use crate::limits::CLUSTER_BYTES;

/// Where a line may break without showing anything.
const BREAK: char = '\u{200B}';

/// Prose: any run of white space is one space; `run` unbroken characters get a place to break.
pub(crate) fn prose(text: &str, run: usize) -> String {
    let mut writer = Writer::new(text.len(), run);
    for cluster in clusters(text) {
        if cluster.chars().all(char::is_whitespace) && !is_fixed_space(cluster) {
            writer.space();
        } else {
            writer.cluster(cluster);
        }
    }
    writer.out
}

/// Code: lines and spaces stay as they are, a tab is four spaces.
pub(crate) fn code(text: &str, run: usize) -> String {
    let mut writer = Writer::new(text.len(), run);
    for cluster in clusters(text) {
        match cluster {
            "\n" | "\r\n" | "\r" => writer.end_run("\n"),
            "\t" => writer.end_run("    "),
            " " => writer.end_run(" "),
            _ => writer.cluster(cluster),
        }
    }
    writer.out
}

/// Whether the first letter is written from right to left.
pub(crate) fn is_right_to_left(text: &str) -> Option<bool> {
    text.chars().find(|c| c.is_alphabetic()).map(|c| {
        matches!(u32::from(c),
            0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF
            | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
    })
}

/// Cuts to at most `bytes`, at a character, with an ellipsis if anything was cut.
pub(crate) fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let kept = text[..text.floor_char_boundary(bytes)].trim_end();
    format!("{kept}…")
}

fn clusters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

/// A no-break space and its narrow sister mean something to a typesetter.
fn is_fixed_space(cluster: &str) -> bool {
    cluster.starts_with(['\u{A0}', '\u{202F}'])
}

struct Writer {
    out: String,
    run: usize,
    since_break: usize,
}

impl Writer {
    fn new(capacity: usize, run: usize) -> Self {
        Self { out: String::with_capacity(capacity), run, since_break: 0 }
    }

    fn space(&mut self) {
        if !self.out.ends_with(' ') {
            self.end_run(" ");
        }
    }

    fn end_run(&mut self, white: &str) {
        self.out.push_str(white);
        self.since_break = 0;
    }

    fn cluster(&mut self, cluster: &str) {
        // A flood of accents on one letter takes the shaper more than a minute.
        let kept = &cluster[..cluster.floor_char_boundary(CLUSTER_BYTES)];
        let before = self.out.len();
        self.out.extend(kept.chars().filter(|c| is_printable(*c)));
        if self.out.len() == before {
            return;
        }
        self.since_break += 1;
        if self.since_break >= self.run {
            self.out.push(BREAK);
            self.since_break = 0;
        }
    }
}

/// Everything but controls, direction overrides and noncharacters.
fn is_printable(c: char) -> bool {
    let code = u32::from(c);
    let hidden = matches!(code,
        0x00..=0x1F | 0x7F..=0x9F
        | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFB | 0xFDD0..=0xFDEF);
    !hidden && code & 0xFFFE != 0xFFFE
}
