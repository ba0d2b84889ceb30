//! Keeps slots by number, in chunks that never move.

use super::{key::Tag, timestamps::Log};

/// No slot.
pub const NONE: u32 = u32::MAX;

/// Slots of a chunk: 224 KiB. So large because an allocator gives a block of more than 128 KiB its own
/// pages, takes them only as they are written, and returns them once the block is let go.
const CHUNK: u32 = 4096;

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

/// Chunks, not one vector: growing never copies, and what a flood took is returned after it.
#[derive(Debug, Default)]
pub struct Slab {
    chunks: Vec<Chunk>,
    /// Chunks with room.
    open: Vec<u32>,
}

#[derive(Debug)]
struct Chunk {
    slots: Vec<Slot>,
    /// Free slots among them, linked by `after`.
    free: u32,
    held: u32,
}

impl Slab {
    pub fn get(&self, id: u32) -> &Slot {
        &self.chunks[(id / CHUNK) as usize].slots[(id % CHUNK) as usize]
    }

    pub fn get_mut(&mut self, id: u32) -> &mut Slot {
        &mut self.chunks[(id / CHUNK) as usize].slots[(id % CHUNK) as usize]
    }

    pub fn insert(&mut self, tag: Tag, lane: u16) -> u32 {
        let slot = Slot { log: Log::default(), tag, before: NONE, after: NONE, lane, full: false, used: false };
        let number = self.open.last().copied().unwrap_or_else(|| self.add_chunk());
        let chunk = &mut self.chunks[number as usize];
        let place = chunk.insert(slot);
        if !chunk.has_room() {
            self.open.pop();
        }
        number * CHUNK + place
    }

    pub fn remove(&mut self, id: u32) {
        let number = id / CHUNK;
        let chunk = &mut self.chunks[number as usize];
        if !chunk.has_room() {
            self.open.push(number);
        }
        chunk.remove(id % CHUNK);
    }

    /// Slots that memory is held for.
    #[cfg(test)]
    pub fn slots_reserved(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.slots.capacity()).sum()
    }

    fn add_chunk(&mut self) -> u32 {
        let number = u32::try_from(self.chunks.len()).unwrap_or(NONE);
        self.chunks.push(Chunk::default());
        self.open.push(number);
        number
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Self { slots: Vec::new(), free: NONE, held: 0 }
    }
}

impl Chunk {
    const fn has_room(&self) -> bool {
        self.free != NONE || self.slots.len() < CHUNK as usize
    }

    fn insert(&mut self, slot: Slot) -> u32 {
        self.held += 1;
        if self.free == NONE {
            return self.append(slot);
        }
        let place = self.free;
        let free = &mut self.slots[place as usize];
        self.free = free.after;
        *free = slot;
        place
    }

    fn append(&mut self, slot: Slot) -> u32 {
        // All at once: growing would copy, and leave holes between other allocations.
        self.slots.reserve_exact(CHUNK as usize - self.slots.len());
        self.slots.push(slot);
        u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
    }

    fn remove(&mut self, place: u32) {
        self.held -= 1;
        if self.held == 0 {
            *self = Self::default();
            return;
        }
        let slot = &mut self.slots[place as usize];
        slot.log = Log::default();
        slot.after = self.free;
        self.free = place;
    }
}
