//! Which keys a shard lets go: those no window holds, then the stalest that is not at its limit.

use super::{
    index::Index,
    key::Tag,
    lane::{Front, PROBES},
    limit::Tick,
    shard::Shard,
    slab::Slab,
};

impl Shard {
    /// Makes sure that one more key fits; false when every key held is at its limit.
    ///
    /// A key at its limit is never let go: asking for ever new keys would reset it. Costs a few
    /// looks at the fronts of a few queues, never a scan, so a flood of new keys costs no more than
    /// any other traffic. That makes "stalest" a comparison of the foremost keys of each queue,
    /// exact for few keys and close for many; each sweep brings the stalest of them to the front.
    pub(super) fn make_room(&mut self, now: Tick, spared: &[Tag]) -> bool {
        if self.len() < self.capacity {
            return true;
        }
        self.evict(now, PROBES);
        if self.len() < self.capacity {
            return true;
        }
        let Some(id) = self.victim(now, spared) else {
            return false;
        };
        self.drop_key(id);
        self.evicted += 1;
        true
    }

    /// Drops keys that no window holds, in up to `most` steps; true when there may be more.
    pub(super) fn evict(&mut self, now: Tick, most: usize) -> bool {
        for _ in 0..most {
            match self.front(now) {
                Front::Stale(id) => {
                    self.drop_key(id);
                    self.expired += 1;
                }
                Front::Renewed => {}
                Front::Fresh => {
                    self.shrink();
                    return false;
                }
            }
        }
        true
    }

    fn front(&mut self, now: Tick) -> Front {
        let fronts = self.lanes.iter_mut().map(|lane| lane.front(&mut self.slab, now));
        fronts.into_iter().find(|front| !matches!(front, Front::Fresh)).unwrap_or(Front::Fresh)
    }

    fn victim(&self, now: Tick, spared: &[Tag]) -> Option<u32> {
        let spared = |id: u32| spared.contains(&self.slab.get(id).tag);
        let victims = self.lanes.iter().filter_map(|lane| lane.victim(&self.slab, now, spared));
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
