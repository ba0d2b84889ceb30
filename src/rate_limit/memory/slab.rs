//! Keeps slots by number, in chunks that never move.

use super::{digest::Tag, log::Log};

/// No slot.
pub const NONE: u32 = u32::MAX;

/// Chunks, not one vector: growing never copies and at most one chunk is partly used.
const CHUNK: usize = 1024;

/// One key. 56 bytes.
#[derive(Debug)]
pub struct Slot {
    pub log: Log,
    pub tag: Tag,
    /// Neighbours in the slot's queue.
    pub before: u32,
    pub after: u32,
    /// Which of the shard's lanes.
    pub lane: u16,
    /// Which queue of the lane: the full keys' or the open ones'.
    pub full: bool,
    /// Admitted since it was queued.
    pub used: bool,
}

#[derive(Debug)]
pub struct Slab {
    chunks: Vec<Vec<Slot>>,
    /// Free slots, linked by `after`.
    free: u32,
}

impl Default for Slab {
    fn default() -> Self {
        Self { chunks: Vec::new(), free: NONE }
    }
}

impl Slab {
    pub fn get(&self, id: u32) -> &Slot {
        let id = id as usize;
        &self.chunks[id / CHUNK][id % CHUNK]
    }

    pub fn get_mut(&mut self, id: u32) -> &mut Slot {
        let id = id as usize;
        &mut self.chunks[id / CHUNK][id % CHUNK]
    }

    pub fn insert(&mut self, tag: Tag, lane: u16) -> u32 {
        let slot = Slot { log: Log::default(), tag, before: NONE, after: NONE, lane, full: false, used: false };
        if self.free == NONE {
            return self.append(slot);
        }
        let id = self.free;
        self.free = self.get(id).after;
        *self.get_mut(id) = slot;
        id
    }

    pub fn remove(&mut self, id: u32) {
        let free = self.free;
        let slot = self.get_mut(id);
        slot.log = Log::default();
        slot.after = free;
        self.free = id;
    }

    fn append(&mut self, slot: Slot) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let full = self.chunks.len() - 1;
        let last = &mut self.chunks[full];
        last.push(slot);
        u32::try_from(full * CHUNK + last.len() - 1).unwrap_or(NONE)
    }
}
