//! The keys of one limit, sorted so that whichever has to go is found without a search.

use super::{
    limit::{Limit, Tick},
    queue::Queue,
    slab::Slab,
};

/// Keys compared when one has to go. Bounds what a new key costs.
pub const PROBES: usize = 16;

/// What stands in front of a lane.
#[derive(Debug, Clone, Copy)]
pub enum Front {
    /// A key that no window holds any more.
    Stale(u32),
    /// One that was used since it was queued, and has therefore just been moved to the back.
    Renewed,
    /// Nothing to do.
    Fresh,
}

/// Two queues: `full` holds the keys with as many stamps as the limit allows, `open` the others.
///
/// A key is queued when it is new and whenever it passes from one to the other. Other admissions
/// only mark it as used, since moving it would touch three more keys: a marked key gets a second
/// chance when it comes to the front. So a queue is in the order of last use but for its marked
/// keys, and a key that has expired is found one window later at the latest: within one window
/// length, whatever stands before it expires by then.
#[derive(Debug)]
pub struct Lane {
    pub limit: Limit,
    open: Queue,
    full: Queue,
}

impl Lane {
    pub fn new(limit: Limit) -> Self {
        Self { limit, open: Queue::default(), full: Queue::default() }
    }

    pub fn push(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get_mut(id);
        slot.full = slot.log.len() >= self.limit.requests as usize;
        slot.used = false;
        let full = slot.full;
        self.queue(full).push(slab, id);
    }

    pub fn remove(&mut self, slab: &mut Slab, id: u32) {
        let full = slab.get(id).full;
        self.queue(full).remove(slab, id);
    }

    /// Takes note that the key's log has changed.
    pub fn renew(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get_mut(id);
        slot.used = true;
        if slot.full != (slot.log.len() >= self.limit.requests as usize) {
            self.remove(slab, id);
            self.push(slab, id);
        }
    }

    /// Looks at the front of both queues.
    pub fn front(&mut self, slab: &mut Slab, now: Tick) -> Front {
        for id in [self.open.front(), self.full.front()].into_iter().flatten() {
            let slot = slab.get(id);
            if slot.log.is_stale(self.limit, now) {
                return Front::Stale(id);
            }
            if slot.used {
                self.remove(slab, id);
                self.push(slab, id);
                return Front::Renewed;
            }
        }
        Front::Fresh
    }

    /// The stalest of the foremost keys that are not at their limit, apart from those `spared`. A
    /// full key may be one of them, when its window has moved on.
    pub fn victim(&self, slab: &Slab, now: Tick, spared: impl Fn(u32) -> bool) -> Option<u32> {
        let moved_on = |&id: &u32| slab.get(id).log.wait(self.limit, now).is_none();
        let open = self.open.iter(slab).filter(|&id| !spared(id)).take(PROBES);
        let full = self.full.iter(slab).filter(|&id| !spared(id)).take(PROBES).filter(moved_on);
        open.chain(full).min_by_key(|&id| slab.get(id).log.newest())
    }

    const fn queue(&mut self, full: bool) -> &mut Queue {
        if full { &mut self.full } else { &mut self.open }
    }
}
