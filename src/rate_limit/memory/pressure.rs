//! Which keys a shard lets go: those no window holds, then the stalest that is not at its limit.

use super::{digest::Tag, index::Index, limit::Tick, shard::Shard, slab::Slab};

impl Shard {
    /// Makes sure that one more key fits; false when every key held is at its limit.
    ///
    /// A key at its limit is never let go: asking for ever new keys would reset it. Costs a look at
    /// the fronts of a few queues, never a scan, so a flood of new keys costs no more than any
    /// other traffic.
    pub(super) fn make_room(&mut self, now: Tick, spared: &[Tag]) -> bool {
        if self.len() < self.capacity {
            return true;
        }
        if let Some(id) = self.stale(now) {
            self.drop_key(id);
            self.expired += 1;
        } else if let Some(id) = self.victim(now, spared) {
            self.drop_key(id);
            self.evicted += 1;
        }
        self.len() < self.capacity
    }

    /// Drops up to `most` keys that no window holds; true when there may be more.
    pub(super) fn evict(&mut self, now: Tick, most: usize) -> bool {
        for _ in 0..most {
            let Some(id) = self.stale(now) else {
                self.shrink();
                return false;
            };
            self.drop_key(id);
            self.expired += 1;
        }
        true
    }

    fn stale(&self, now: Tick) -> Option<u32> {
        self.lanes
            .iter()
            .find_map(|lane| lane.stale(&self.slab, now))
    }

    fn victim(&self, now: Tick, spared: &[Tag]) -> Option<u32> {
        let spared = |id: u32| spared.contains(&self.slab.get(id).tag);
        let victims = self
            .lanes
            .iter()
            .filter_map(|lane| lane.victim(&self.slab, now, spared));
        victims.min_by_key(|&id| self.slab.get(id).log.newest())
    }

    /// Gives the memory of a past flood back once the last of its keys is gone.
    fn shrink(&mut self) {
        if self.len() == 0 {
            self.index = Index::default();
            self.slab = Slab::default();
        }
    }
}
