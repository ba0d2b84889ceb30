//! A line that has been read to its end, and the blocks it becomes.

use typst::foundations::{Array, Dict, IntoValue, Value};

use super::node;
use super::outline::Heading;

/// What a line has become.
pub(super) struct Finished {
    pub(super) content: Array,
    /// Too long to balance its line breaks as a whole.
    pub(super) long: bool,
    /// Its first letter is Hebrew, Arabic or the like.
    pub(super) rtl: bool,
    /// It would have gaps if it were justified.
    pub(super) ragged: bool,
    /// Its images as figures, if it holds nothing else.
    pub(super) figures: Array,
}

impl Finished {
    /// A node of this kind, or figures.
    pub(super) fn into_blocks(self, kind: &str) -> Array {
        if self.figures.is_empty() {
            Array::from_iter([self.flagged(|content| node::around(kind, content))])
        } else {
            self.figures
        }
    }

    pub(super) fn into_heading(self, heading: &Heading) -> Value {
        self.flagged(|content| node::heading(heading, content))
    }

    fn flagged(self, node: impl FnOnce(Array) -> Dict) -> Value {
        let mut node = node(self.content);
        node::flag(&mut node, "long", self.long);
        node::flag(&mut node, "rtl", self.rtl);
        node::flag(&mut node, "ragged", self.ragged);
        node.into_value()
    }
}
