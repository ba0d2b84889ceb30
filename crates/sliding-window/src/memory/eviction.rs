//! Eviction list: the keys of one limit, in the order of eviction.

use super::{
    limit::{Limit, Micros},
    slab::{NONE, Slab},
};

/// Maximum number of keys per queue that are compared to find a key for eviction. Limits the cost of a new key.
pub const PROBES: usize = 16;

/// State of the first keys of an eviction list.
#[derive(Debug, Clone, Copy)]
pub enum Head {
    /// All admissions of the first key have left the window. Contains the slot number of the key.
    Expired(u32),
    /// The first key was used after it was queued, and was moved to the back.
    Requeued,
    /// The first keys are not expired, and were not used after they were queued.
    Live,
}

/// Eviction list: the keys of one limit in two queues. `full` contains the keys at the limit, `open` all other keys.
///
/// A new key, and a key that changes from one queue to the other, is added to the back. If a key stays in its queue, an
/// admission only sets [`Slot::touched`](super::slab::Slot::touched), because moving a key writes to three other keys.
///
/// A touched key is moved to the back when the key reaches the front of the queue. The untouched keys of a
/// queue are therefore sorted by last use. An expired key reaches the front within one window, because all keys
/// before that key expire within one window.
#[derive(Debug)]
pub struct EvictionList {
    pub limit: Limit,
    open: Queue,
    full: Queue,
}

impl EvictionList {
    pub fn new(limit: Limit) -> Self {
        Self { limit, open: Queue::default(), full: Queue::default() }
    }

    pub fn push(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get_mut(id);
        slot.full = slot.timestamps.len() >= self.limit.requests as usize;
        slot.touched = false;
        let full = slot.full;
        self.queue(full).push(slab, id);
    }

    pub fn remove(&mut self, slab: &mut Slab, id: u32) {
        let full = slab.get(id).full;
        self.queue(full).remove(slab, id);
    }

    /// Records that the timestamps of the key have changed, and moves the key to the other queue if necessary.
    pub fn touch(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get_mut(id);
        slot.touched = true;
        if slot.full != (slot.timestamps.len() >= self.limit.requests as usize) {
            self.remove(slab, id);
            self.push(slab, id);
        }
    }

    pub fn check_head(&mut self, slab: &mut Slab, now: Micros) -> Head {
        for id in [self.open.front(), self.full.front()].into_iter().flatten() {
            let slot = slab.get(id);
            if slot.timestamps.is_expired(self.limit, now) {
                return Head::Expired(id);
            }
            if slot.touched {
                self.remove(slab, id);
                self.push(slab, id);
                return Head::Requeued;
            }
        }
        Head::Live
    }

    /// Returns the least recently used key among the first `PROBES` keys of `open` and of `full`.
    ///
    /// Skips keys at their limit and `pinned` keys. Searches `full`, too, because a key in `full` falls below its limit
    /// when its admissions leave the window.
    pub fn eviction_candidate(&self, slab: &Slab, now: Micros, pinned: impl Fn(u32) -> bool) -> Option<u32> {
        let below_limit = |&id: &u32| slab.get(id).timestamps.wait(self.limit, now).is_none();
        let open = self.open.iter(slab).filter(|&id| !pinned(id)).take(PROBES);
        let full = self.full.iter(slab).filter(|&id| !pinned(id)).take(PROBES).filter(below_limit);
        open.chain(full).min_by_key(|&id| slab.get(id).timestamps.newest())
    }

    const fn queue(&mut self, full: bool) -> &mut Queue {
        if full { &mut self.full } else { &mut self.open }
    }
}

/// Doubly linked list through the slots, so that queueing a key allocates nothing.
#[derive(Debug)]
struct Queue {
    front: u32,
    back: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { front: NONE, back: NONE }
    }
}

impl Queue {
    fn front(&self) -> Option<u32> {
        (self.front != NONE).then_some(self.front)
    }

    fn iter<'a>(&self, slab: &'a Slab) -> impl Iterator<Item = u32> + use<'a> {
        let next = |&id: &u32| Some(slab.get(id).next).filter(|&next| next != NONE);
        std::iter::successors(self.front(), next)
    }

    fn push(&mut self, slab: &mut Slab, id: u32) {
        let last = self.back;
        let slot = slab.get_mut(id);
        slot.prev = last;
        slot.next = NONE;
        self.back = id;
        match last {
            NONE => self.front = id,
            last => slab.get_mut(last).next = id,
        }
    }

    fn remove(&mut self, slab: &mut Slab, id: u32) {
        let (prev, next) = (slab.get(id).prev, slab.get(id).next);
        match prev {
            NONE => self.front = next,
            prev => slab.get_mut(prev).next = next,
        }
        match next {
            NONE => self.back = prev,
            next => slab.get_mut(next).prev = prev,
        }
    }
}
