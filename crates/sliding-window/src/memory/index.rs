//! Hash table from tags to slot numbers: open addressing with linear probing, four bytes per entry.

use super::key::Tag;

/// Number of low bits of an entry that contain the slot number plus one. An empty entry is zero.
///
/// The upper ten bits contain a part of the tag, so that probing rarely reads the slots of other keys.
const SLOT_BITS: u32 = 22;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;

/// Minimum number of entries of a non-empty index.
const MIN_ENTRIES: usize = 16;

/// Maximum number of slots in one index.
pub const MAX_SLOTS: usize = SLOT_MASK as usize - 1;

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

    /// Adds a slot. The index must not contain the tag of the slot yet.
    pub fn insert(&mut self, tag: Tag, id: u32, tag_of: impl Fn(u32) -> Tag) {
        // Fills at most four fifths of the entries, because searches for absent tags are slow in fuller indexes.
        if (self.len + 1) * 5 > self.entries.len() * 4 {
            self.grow(tag_of);
        }
        self.insert_entry(entry(tag, id), self.home(tag));
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
        let fingerprint = entry(tag, 0) & !SLOT_MASK;
        let mut at = self.home(tag);
        // The loop ends, because at least one fifth of the entries is empty.
        while self.entries[at] != 0 {
            let found = self.entries[at];
            if found & !SLOT_MASK == fingerprint && tag_of(slot(found)) == tag {
                return Some(at);
            }
            at = self.after(at);
        }
        None
    }

    /// Fills a hole by moving later entries back, so that the table needs no tombstones.
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
        // Grows by half, because doubling could leave more than half of the entries unused.
        self.resize((self.entries.len() + self.entries.len() / 2).max(MIN_ENTRIES), tag_of);
    }

    /// Shrinks the table if less than one eighth of the entries is used. The threshold is low, so that the table does
    /// not soon grow again.
    fn shrink(&mut self, tag_of: impl Fn(u32) -> Tag) {
        if self.entries.len() > MIN_ENTRIES && self.len * 8 < self.entries.len() {
            self.resize((self.len * 4).max(MIN_ENTRIES), tag_of);
        }
    }

    fn resize(&mut self, entries: usize, tag_of: impl Fn(u32) -> Tag) {
        let old = std::mem::replace(&mut self.entries, vec![0; entries]);
        for found in old.into_iter().filter(|&entry| entry != 0) {
            self.insert_entry(found, self.home(tag_of(slot(found))));
        }
    }

    fn insert_entry(&mut self, entry: u32, home: usize) {
        let mut at = home;
        while self.entries[at] != 0 {
            at = self.after(at);
        }
        self.entries[at] = entry;
    }

    /// Returns the preferred position of a tag.
    ///
    /// The positions are evenly distributed over any number of entries. The calculation needs no division.
    fn home(&self, tag: Tag) -> usize {
        let scaled = u64::from(tag.position_bits()) * self.entries.len() as u64;
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
    (tag.fingerprint() & !SLOT_MASK) | (id + 1)
}

const fn slot(entry: u32) -> u32 {
    (entry & SLOT_MASK) - 1
}
