//! Code blocks: splits long code into chunks and decides which code is highlighted.

use typst::foundations::{Array, IntoValue, Value};

use super::typst_nodes;
use crate::{limits, sanitize};

/// Highlight budget: the number of bytes of code that may still be highlighted in the document.
pub(super) struct HighlightBudget {
    left: usize,
}

impl HighlightBudget {
    pub(super) fn new() -> Self {
        Self { left: limits::HIGHLIGHT_BYTES }
    }

    /// Returns the language of a block, and subtracts the bytes of the block from the budget.
    ///
    /// Returns `None` if the block must not be highlighted.
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

/// Returns a code block, or `None` if the code is empty.
///
/// `info` starts with the name of the language. `budget` limits how much code of the document is highlighted.
pub(super) fn block(info: &str, code: &str, budget: &mut HighlightBudget) -> Option<Value> {
    let code = sanitize::code(code.trim_end(), limits::RUN_CHARS);
    if code.is_empty() {
        return None;
    }
    let language = budget.language(info, &code);
    Some(typst_nodes::code_block(language, chunks(&code)))
}

/// Splits code into chunks, because the layout time of one code element is quadratic in the number of lines.
fn chunks(code: &str) -> Array {
    let lines: Vec<&str> = code.split('\n').collect();
    lines.chunks(limits::CODE_CHUNK_LINES).map(|lines| lines.join("\n").into_value()).collect()
}

/// Returns the first word of the info string in lower case, or `None` if this word cannot be the name of a language.
///
/// Returns `None` for Typst code, because the highlighter of Typst code is the Typst parser, which must not receive
/// an author's text.
fn language(info: &str) -> Option<String> {
    let word = info.split([' ', ',', '{']).next()?.to_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '-' | '_');
    let is_name = (1..=20).contains(&word.len()) && word.chars().all(is_plain);
    (is_name && !word.starts_with("typ")).then_some(word)
}
