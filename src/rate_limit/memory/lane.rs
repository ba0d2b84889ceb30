//! The keys of one limit, sorted so that whichever has to go is found at once.

use super::{
    limit::{Limit, Tick},
    queue::Queue,
    slab::Slab,
};

/// Full keys looked at, from the stalest, for one whose window has moved on. Bounds what a new key
/// costs; the order is that of expiry, so one that has moved on is most likely in front.
const PROBES: usize = 16;

/// Two queues: `full` holds the keys with as many stamps as the limit allows, `open` the others.
/// Within one window length the order of last admissions is also the order of expiry, so only the
/// fronts ever need to be looked at.
#[derive(Debug)]
pub struct Lane {
    pub limit: Limit,
    open: Queue,
    full: Queue,
}

impl Lane {
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            open: Queue::default(),
            full: Queue::default(),
        }
    }

    pub fn push(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get_mut(id);
        slot.full = slot.log.len() >= self.limit.requests as usize;
        let full = slot.full;
        self.queue(full).push(slab, id);
    }

    pub fn remove(&mut self, slab: &mut Slab, id: u32) {
        let full = slab.get(id).full;
        self.queue(full).remove(slab, id);
    }

    /// Moves a key whose log changed behind all others of its kind.
    pub fn renew(&mut self, slab: &mut Slab, id: u32) {
        let slot = slab.get(id);
        let full = slot.log.len() >= self.limit.requests as usize;
        if full != slot.full || !self.queue(full).ends_with(id) {
            self.remove(slab, id);
            self.push(slab, id);
        }
    }

    /// A key that no window holds any more.
    pub fn stale(&self, slab: &Slab, now: Tick) -> Option<u32> {
        let fronts = [self.open.front(), self.full.front()];
        fronts
            .into_iter()
            .flatten()
            .find(|&id| slab.get(id).log.is_stale(self.limit, now))
    }

    /// The stalest key that is not at its limit, apart from those `spared`.
    pub fn victim(&self, slab: &Slab, now: Tick, spared: impl Fn(u32) -> bool) -> Option<u32> {
        let open = self.open.iter(slab).find(|&id| !spared(id));
        let moved_on = |&id: &u32| slab.get(id).log.wait(self.limit, now).is_none();
        let full = self
            .full
            .iter(slab)
            .take(PROBES)
            .filter(moved_on)
            .find(|&id| !spared(id));
        open.into_iter()
            .chain(full)
            .min_by_key(|&id| slab.get(id).log.newest())
    }

    const fn queue(&mut self, full: bool) -> &mut Queue {
        if full { &mut self.full } else { &mut self.open }
    }
}
