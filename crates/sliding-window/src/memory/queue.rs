//! Keys in the order they were queued.

use super::slab::{NONE, Slab};

/// A list through the slots themselves, so that queueing a key costs no allocation.
#[derive(Debug)]
pub struct Queue {
    front: u32,
    back: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { front: NONE, back: NONE }
    }
}

impl Queue {
    /// The key queued first.
    pub fn front(&self) -> Option<u32> {
        (self.front != NONE).then_some(self.front)
    }

    /// In the order of queueing.
    pub fn iter<'a>(&self, slab: &'a Slab) -> impl Iterator<Item = u32> + use<'a> {
        let after = |&id: &u32| Some(slab.get(id).after).filter(|&next| next != NONE);
        std::iter::successors(self.front(), after)
    }

    pub fn push(&mut self, slab: &mut Slab, id: u32) {
        let last = self.back;
        let slot = slab.get_mut(id);
        slot.before = last;
        slot.after = NONE;
        self.back = id;
        match last {
            NONE => self.front = id,
            last => slab.get_mut(last).after = id,
        }
    }

    pub fn remove(&mut self, slab: &mut Slab, id: u32) {
        let (before, after) = (slab.get(id).before, slab.get(id).after);
        match before {
            NONE => self.front = after,
            before => slab.get_mut(before).after = after,
        }
        match after {
            NONE => self.back = before,
            after => slab.get_mut(after).before = before,
        }
    }
}
