//! Storage of slots by number, in chunks that never move.

use super::{key::Tag, timestamps::Timestamps};

/// Slot number that means "no slot".
pub const NONE: u32 = u32::MAX;

/// Number of slots per chunk. One chunk has 224 KiB.
///
/// An allocator stores a block of more than 128 KiB in separate memory pages. The system provides a page at
/// the first write, and gets the pages back when the block is freed.
const CHUNK: u32 = 4096;

/// Slot: the data of one key, 56 bytes.
#[derive(Debug)]
pub struct Slot {
    pub timestamps: Timestamps,
    pub tag: Tag,
    /// Previous slot in the queue.
    pub prev: u32,
    /// Next slot in the queue. In a free slot: next free slot of the chunk.
    pub next: u32,
    /// Number of the eviction list within the shard.
    pub list: u16,
    /// Whether the slot is in the full queue of the eviction list.
    pub full: bool,
    /// Whether the key was used after it was queued.
    pub touched: bool,
}

/// Storage of slots in chunks. Growth copies no slots. A chunk is freed when its last slot is removed.
#[derive(Debug, Default)]
pub struct Slab {
    chunks: Vec<Chunk>,
    /// Numbers of the chunks that have a free slot.
    available: Vec<u32>,
}

#[derive(Debug)]
struct Chunk {
    slots: Vec<Slot>,
    /// First free slot of the chunk. `next` links the free slots.
    first_free: u32,
    occupied: u32,
}

impl Slab {
    pub fn get(&self, id: u32) -> &Slot {
        &self.chunks[(id / CHUNK) as usize].slots[(id % CHUNK) as usize]
    }

    pub fn get_mut(&mut self, id: u32) -> &mut Slot {
        &mut self.chunks[(id / CHUNK) as usize].slots[(id % CHUNK) as usize]
    }

    pub fn insert(&mut self, tag: Tag, list: u16) -> u32 {
        let timestamps = Timestamps::default();
        let slot = Slot { timestamps, tag, prev: NONE, next: NONE, list, full: false, touched: false };
        let number = self.available.last().copied().unwrap_or_else(|| self.add_chunk());
        let chunk = &mut self.chunks[number as usize];
        let position = chunk.insert(slot);
        if !chunk.has_capacity() {
            self.available.pop();
        }
        number * CHUNK + position
    }

    pub fn remove(&mut self, id: u32) {
        let number = id / CHUNK;
        let chunk = &mut self.chunks[number as usize];
        if !chunk.has_capacity() {
            self.available.push(number);
        }
        chunk.remove(id % CHUNK);
    }

    /// Returns the number of slots for which memory is allocated.
    #[cfg(test)]
    pub fn allocated_slots(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.slots.capacity()).sum()
    }

    fn add_chunk(&mut self) -> u32 {
        let number = u32::try_from(self.chunks.len()).unwrap_or(NONE);
        self.chunks.push(Chunk::default());
        self.available.push(number);
        number
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Self { slots: Vec::new(), first_free: NONE, occupied: 0 }
    }
}

impl Chunk {
    const fn has_capacity(&self) -> bool {
        self.first_free != NONE || self.slots.len() < CHUNK as usize
    }

    fn insert(&mut self, slot: Slot) -> u32 {
        self.occupied += 1;
        if self.first_free == NONE {
            return self.append(slot);
        }
        let position = self.first_free;
        let free = &mut self.slots[position as usize];
        self.first_free = free.next;
        *free = slot;
        position
    }

    fn append(&mut self, slot: Slot) -> u32 {
        // Reserves the whole chunk, because growing in steps would copy the slots and fragment the heap.
        self.slots.reserve_exact(CHUNK as usize - self.slots.len());
        self.slots.push(slot);
        u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
    }

    fn remove(&mut self, position: u32) {
        self.occupied -= 1;
        if self.occupied == 0 {
            *self = Self::default();
            return;
        }
        let slot = &mut self.slots[position as usize];
        slot.timestamps = Timestamps::default();
        slot.next = self.first_free;
        self.first_free = position;
    }
}
