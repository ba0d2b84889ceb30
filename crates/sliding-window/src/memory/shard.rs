//! One share of the keys, behind one lock.

use super::{
    index::Index,
    key::Tag,
    lane::Lane,
    limit::{Charge, Limit, Tick},
    slab::Slab,
};

/// What a shard answers.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    Admitted(Charge),
    /// The key is at its limit for so long.
    Wait(Tick),
    /// The key is new, and every key held is at its limit.
    Crowded,
}

#[derive(Debug)]
pub struct Shard {
    pub(super) index: Index,
    pub(super) slab: Slab,
    /// One for each limit seen; limits are as few as the policies declared.
    pub(super) lanes: Vec<Lane>,
    pub(super) capacity: usize,
    /// Keys dropped because no window held them.
    pub(super) expired: u64,
    /// Keys dropped to make room.
    pub(super) evicted: u64,
}

impl Shard {
    pub fn new(capacity: usize) -> Self {
        Self { index: Index::default(), slab: Slab::default(), lanes: Vec::new(), capacity, expired: 0, evicted: 0 }
    }

    pub const fn len(&self) -> usize {
        self.index.len()
    }

    /// How long until the key may go on; none when it may now. Changes nothing.
    pub fn wait(&self, tag: Tag, limit: Limit, now: Tick) -> Option<Tick> {
        self.find(tag).and_then(|id| self.slab.get(id).log.wait(limit, now))
    }

    /// Admits the key, or says why not. The keys of the same request are `spared` from making room.
    pub fn admit(&mut self, tag: Tag, limit: Limit, now: Tick, spared: &[Tag]) -> Verdict {
        match self.find(tag) {
            Some(id) => self.charge(id, now),
            None if self.make_room(now, spared) => {
                let id = self.add(tag, limit);
                self.charge(id, now)
            }
            None => Verdict::Crowded,
        }
    }

    /// Gives one admission back; false when it is no longer held.
    pub fn refund(&mut self, tag: Tag, stamp: Tick) -> bool {
        let Some(id) = self.find(tag) else {
            return false;
        };
        let slot = self.slab.get_mut(id);
        let (held, lane) = (slot.log.remove(stamp), slot.lane);
        if slot.log.len() == 0 {
            self.drop_key(id);
        } else if held {
            self.lanes[usize::from(lane)].renew(&mut self.slab, id);
        }
        held
    }

    /// Forgets the key; false when it was not held.
    pub fn clear(&mut self, tag: Tag) -> bool {
        self.find(tag).map(|id| self.drop_key(id)).is_some()
    }

    pub(super) fn drop_key(&mut self, id: u32) {
        let slot = self.slab.get(id);
        let (tag, lane) = (slot.tag, slot.lane);
        self.lanes[usize::from(lane)].remove(&mut self.slab, id);
        self.index.remove(tag, |id| self.slab.get(id).tag);
        self.slab.remove(id);
    }

    fn find(&self, tag: Tag) -> Option<u32> {
        self.index.find(tag, |id| self.slab.get(id).tag)
    }

    fn charge(&mut self, id: u32, now: Tick) -> Verdict {
        let slot = self.slab.get_mut(id);
        let lane = &mut self.lanes[usize::from(slot.lane)];
        match slot.log.admit(lane.limit, now) {
            Ok(charge) => {
                lane.renew(&mut self.slab, id);
                Verdict::Admitted(charge)
            }
            Err(wait) => Verdict::Wait(wait),
        }
    }

    fn add(&mut self, tag: Tag, limit: Limit) -> u32 {
        let lane = self.lane(limit);
        let id = self.slab.insert(tag, lane);
        self.lanes[usize::from(lane)].push(&mut self.slab, id);
        self.index.insert(tag, id, |id| self.slab.get(id).tag);
        id
    }

    fn lane(&mut self, limit: Limit) -> u16 {
        let known = self.lanes.iter().position(|lane| lane.limit == limit);
        let lane = known.unwrap_or_else(|| {
            self.lanes.push(Lane::new(limit));
            self.lanes.len() - 1
        });
        u16::try_from(lane).unwrap_or(u16::MAX)
    }
}
