//! Cuts code into pieces the engine can stand and decides what is coloured.

use typst::foundations::{Array, IntoValue, Value};

use super::node;
use crate::{limits, text};

/// What is left of the bytes a document may have coloured.
pub(super) struct Highlighting {
    left: usize,
}

impl Highlighting {
    pub(super) fn new() -> Self {
        Self { left: limits::HIGHLIGHT_BYTES }
    }

    /// Takes the block's bytes from the budget. `None`: the block stays black.
    fn language(&mut self, info: &str, code: &str) -> Option<String> {
        let language = language(info)?;
        let fits = code.len() <= limits::HIGHLIGHT_BLOCK_BYTES.min(self.left)
            && code.lines().all(|line| line.len() <= limits::HIGHLIGHT_LINE_BYTES);
        if !fits {
            return None;
        }
        self.left -= code.len();
        Some(language)
    }
}

/// A block of code; `info` is what follows the fence. Nothing for an empty one.
pub(super) fn block(info: &str, code: &str, budget: &mut Highlighting) -> Option<Value> {
    let code = text::code(code.trim_end(), limits::RUN_CHARS);
    if code.is_empty() {
        return None;
    }
    let language = budget.language(info, &code);
    Some(node::code(language, chunks(&code)))
}

/// The layout of one code element is quadratic in its lines, so a long block is many.
fn chunks(code: &str) -> Array {
    let lines: Vec<&str> = code.split('\n').collect();
    lines.chunks(limits::CODE_CHUNK_LINES).map(|lines| lines.join("\n").into_value()).collect()
}

/// The fence's first word. Not Typst itself: its highlighter is its parser, which no author's
/// text should reach.
fn language(info: &str) -> Option<String> {
    let word = info.split([' ', ',', '{']).next()?.to_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '-' | '_');
    let known = (1..=20).contains(&word.len()) && word.chars().all(plain);
    (known && !word.starts_with("typ")).then_some(word)
}
