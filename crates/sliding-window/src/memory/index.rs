//! Finds the slot of a tag: open addressing with linear probing over four bytes an entry.

use super::key::Tag;

/// An entry is a slot's number plus one in the low bits and ten bits of its tag above, so that
/// probing past a neighbour seldom has to look at the neighbour's slot. Zero is empty.
const SLOT_BITS: u32 = 22;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;

/// Entries of an index that is not empty, at least.
const LEAST: usize = 16;

/// Slots that one index can name.
pub const MOST_SLOTS: usize = SLOT_MASK as usize - 1;

#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<u32>,
    len: usize,
}

impl Index {
    pub const fn len(&self) -> usize {
        self.len
    }

    pub fn find(&self, tag: Tag, tag_of: impl Fn(u32) -> Tag) -> Option<u32> {
        self.position(tag, tag_of).map(|at| slot(self.entries[at]))
    }

    /// Adds a slot whose tag the index does not hold yet.
    pub fn insert(&mut self, tag: Tag, id: u32, tag_of: impl Fn(u32) -> Tag) {
        // Four fifths full at most: beyond that, probing for an absent tag grows long.
        if (self.len + 1) * 5 > self.entries.len() * 4 {
            self.grow(tag_of);
        }
        self.place(entry(tag, id), self.home(tag));
        self.len += 1;
    }

    pub fn remove(&mut self, tag: Tag, tag_of: impl Fn(u32) -> Tag) {
        if let Some(hole) = self.position(tag, &tag_of) {
            self.close(hole, &tag_of);
            self.len -= 1;
            self.shrink(tag_of);
        }
    }

    fn position(&self, tag: Tag, tag_of: impl Fn(u32) -> Tag) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let mark = entry(tag, 0) & !SLOT_MASK;
        let mut at = self.home(tag);
        // Ends: a fifth of the entries is empty.
        while self.entries[at] != 0 {
            let found = self.entries[at];
            if found & !SLOT_MASK == mark && tag_of(slot(found)) == tag {
                return Some(at);
            }
            at = self.after(at);
        }
        None
    }

    /// Closes a hole by moving back each later entry that may not stand behind one, so that no
    /// tombstones pile up.
    fn close(&mut self, mut hole: usize, tag_of: impl Fn(u32) -> Tag) {
        let mut at = self.after(hole);
        while self.entries[at] != 0 {
            let wanted = self.home(tag_of(slot(self.entries[at])));
            if self.distance(wanted, at) >= self.distance(hole, at) {
                self.entries[hole] = self.entries[at];
                hole = at;
            }
            at = self.after(at);
        }
        self.entries[hole] = 0;
    }

    fn grow(&mut self, tag_of: impl Fn(u32) -> Tag) {
        // By half, not by double: an index is then never less than half used.
        self.resize((self.entries.len() + self.entries.len() / 2).max(LEAST), tag_of);
    }

    /// Gives room back once an eighth of it is used, so that what was given back is not soon taken again.
    fn shrink(&mut self, tag_of: impl Fn(u32) -> Tag) {
        if self.entries.len() > LEAST && self.len * 8 < self.entries.len() {
            self.resize((self.len * 4).max(LEAST), tag_of);
        }
    }

    fn resize(&mut self, entries: usize, tag_of: impl Fn(u32) -> Tag) {
        let old = std::mem::replace(&mut self.entries, vec![0; entries]);
        for found in old.into_iter().filter(|&entry| entry != 0) {
            self.place(found, self.home(tag_of(slot(found))));
        }
    }

    fn place(&mut self, entry: u32, home: usize) {
        let mut at = home;
        while self.entries[at] != 0 {
            at = self.after(at);
        }
        self.entries[at] = entry;
    }

    /// Maps the tag's spread evenly on any number of entries, without a division.
    fn home(&self, tag: Tag) -> usize {
        let scaled = u64::from(tag.spread()) * self.entries.len() as u64;
        usize::try_from(scaled >> 32).unwrap_or(0)
    }

    const fn after(&self, at: usize) -> usize {
        if at + 1 == self.entries.len() { 0 } else { at + 1 }
    }

    const fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.entries.len() - from }
    }
}

const fn entry(tag: Tag, id: u32) -> u32 {
    (tag.mark() & !SLOT_MASK) | (id + 1)
}

const fn slot(entry: u32) -> u32 {
    (entry & SLOT_MASK) - 1
}
