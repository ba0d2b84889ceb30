//! Shard: a part of the keys, protected by one lock. [`LockedShards`] locks several shards.

use parking_lot::{Mutex, MutexGuard};

use super::{
    eviction::{EvictionList, Head, PROBES},
    index::Index,
    key::{KeyHash, Tag},
    limit::{Charge, Limit, Micros},
    slab::Slab,
};

/// Decision of a shard about one key.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    Admitted(Charge),
    /// The key is at its limit. Contains the time until the key can be admitted.
    Rejected(Micros),
    /// The key is new, and every held key is at its limit, so that no key can be evicted.
    AtCapacity,
}

#[derive(Debug)]
pub struct Shard {
    pub(super) index: Index,
    pub(super) slab: Slab,
    /// One eviction list per limit in use. There are few limits, because policies are declared in code.
    pub(super) eviction_lists: Vec<EvictionList>,
    pub(super) capacity: usize,
    /// Number of keys that were removed because all their admissions had left the window.
    pub(super) expired: u64,
    /// Number of unexpired keys that were removed to make room for new keys.
    pub(super) evicted: u64,
}

impl Shard {
    pub fn new(capacity: usize) -> Self {
        Self {
            index: Index::default(),
            slab: Slab::default(),
            eviction_lists: Vec::new(),
            capacity,
            expired: 0,
            evicted: 0,
        }
    }

    pub const fn len(&self) -> usize {
        self.index.len()
    }

    /// Returns the time until the key can be admitted, or `None` if it can be admitted now.
    pub fn wait(&self, tag: Tag, limit: Limit, now: Micros) -> Option<Micros> {
        self.find(tag).and_then(|id| self.slab.get(id).timestamps.wait(limit, now))
    }

    /// Admits or rejects the key. Does not evict the `pinned` keys, because they belong to the current request.
    pub fn admit(&mut self, tag: Tag, limit: Limit, now: Micros, pinned: &[Tag]) -> Verdict {
        match self.find(tag) {
            Some(id) => self.charge(id, now),
            None if self.make_room(now, pinned) => {
                let id = self.add(tag, limit);
                self.charge(id, now)
            }
            None => Verdict::AtCapacity,
        }
    }

    /// Refunds one admission. Returns `false` if the shard no longer holds the admission.
    pub fn refund(&mut self, tag: Tag, admitted_at: Micros) -> bool {
        let Some(id) = self.find(tag) else {
            return false;
        };
        let slot = self.slab.get_mut(id);
        let (held, list) = (slot.timestamps.remove(admitted_at), slot.list);
        if slot.timestamps.len() == 0 {
            self.remove_key(id);
        } else if held {
            self.eviction_lists[usize::from(list)].touch(&mut self.slab, id);
        }
        held
    }

    /// Removes the key. Returns `false` if the shard does not hold it.
    pub fn clear(&mut self, tag: Tag) -> bool {
        self.find(tag).map(|id| self.remove_key(id)).is_some()
    }

    pub(super) fn remove_key(&mut self, id: u32) {
        let slot = self.slab.get(id);
        let (tag, list) = (slot.tag, slot.list);
        self.eviction_lists[usize::from(list)].remove(&mut self.slab, id);
        self.index.remove(tag, |id| self.slab.get(id).tag);
        self.slab.remove(id);
    }

    fn find(&self, tag: Tag) -> Option<u32> {
        self.index.find(tag, |id| self.slab.get(id).tag)
    }

    fn charge(&mut self, id: u32, now: Micros) -> Verdict {
        let slot = self.slab.get_mut(id);
        let list = &mut self.eviction_lists[usize::from(slot.list)];
        match slot.timestamps.admit(list.limit, now) {
            Ok(charge) => {
                list.touch(&mut self.slab, id);
                Verdict::Admitted(charge)
            }
            Err(wait) => Verdict::Rejected(wait),
        }
    }

    fn add(&mut self, tag: Tag, limit: Limit) -> u32 {
        let list = self.eviction_list(limit);
        let id = self.slab.insert(tag, list);
        self.eviction_lists[usize::from(list)].push(&mut self.slab, id);
        self.index.insert(tag, id, |id| self.slab.get(id).tag);
        id
    }

    fn eviction_list(&mut self, limit: Limit) -> u16 {
        let existing = self.eviction_lists.iter().position(|list| list.limit == limit);
        let list = existing.unwrap_or_else(|| {
            self.eviction_lists.push(EvictionList::new(limit));
            self.eviction_lists.len() - 1
        });
        u16::try_from(list).unwrap_or(u16::MAX)
    }
}

/// Eviction: removes expired keys first, then the least recently used key that is not at its limit.
impl Shard {
    /// Makes room for one more key. Returns `false` if every held key is at its limit.
    ///
    /// Never evicts a key at its limit, because a client could otherwise reset its key by requests with new keys.
    ///
    /// Checks at most [`PROBES`] keys per queue and never scans all keys. A flood of new keys therefore
    /// costs no more than other traffic. The evicted key is the least recently used key among the first
    /// keys of each queue. Each purge moves recently used keys to the back, so that this choice is nearly
    /// exact for the whole shard.
    pub(super) fn make_room(&mut self, now: Micros, pinned: &[Tag]) -> bool {
        if self.len() < self.capacity {
            return true;
        }
        self.purge_expired(now, PROBES);
        if self.len() < self.capacity {
            return true;
        }
        let Some(id) = self.eviction_candidate(now, pinned) else {
            return false;
        };
        self.remove_key(id);
        self.evicted += 1;
        true
    }

    /// Removes expired keys in at most `max_steps` steps. Returns whether further expired keys may exist.
    pub(super) fn purge_expired(&mut self, now: Micros, max_steps: usize) -> bool {
        for _ in 0..max_steps {
            match self.check_heads(now) {
                Head::Expired(id) => {
                    self.remove_key(id);
                    self.expired += 1;
                }
                Head::Requeued => {}
                Head::Live => {
                    self.shrink_if_empty();
                    return false;
                }
            }
        }
        true
    }

    fn check_heads(&mut self, now: Micros) -> Head {
        let heads = self.eviction_lists.iter_mut().map(|list| list.check_head(&mut self.slab, now));
        heads.into_iter().find(|head| !matches!(head, Head::Live)).unwrap_or(Head::Live)
    }

    fn eviction_candidate(&self, now: Micros, pinned: &[Tag]) -> Option<u32> {
        let pinned = |id: u32| pinned.contains(&self.slab.get(id).tag);
        let lists = self.eviction_lists.iter();
        let candidates = lists.filter_map(|list| list.eviction_candidate(&self.slab, now, pinned));
        candidates.min_by_key(|&id| self.slab.get(id).timestamps.newest())
    }

    /// Frees the memory that a past flood has used, if the shard holds no key.
    fn shrink_if_empty(&mut self) {
        if self.len() == 0 {
            self.index = Index::default();
            self.slab = Slab::default();
        }
    }
}

/// The locked shards of the keys of one request.
pub struct LockedShards<'a> {
    shards: usize,
    guards: Vec<(usize, MutexGuard<'a, Shard>)>,
}

impl<'a> LockedShards<'a> {
    /// Locks the shards in ascending order, which prevents deadlocks.
    ///
    /// If two requests need some of the same shards, one request locks the lowest of these shards first. The other
    /// request waits for this shard before it locks any higher shard.
    pub fn new(shards: &'a [Mutex<Shard>], hashes: &[KeyHash]) -> Self {
        let mut numbers: Vec<usize> = hashes.iter().map(|hash| hash.shard(shards.len())).collect();
        numbers.sort_unstable();
        // Locks each shard only once, because a thread that locks a mutex twice waits for itself.
        numbers.dedup();
        let guards = numbers.into_iter().map(|number| (number, shards[number].lock())).collect();
        Self { shards: shards.len(), guards }
    }

    /// Returns the shard of a key that was passed to [`new`](Self::new).
    pub fn shard(&mut self, hash: KeyHash) -> &mut Shard {
        let number = hash.shard(self.shards);
        let at = self.guards.partition_point(|(locked, _)| *locked < number);
        &mut self.guards[at].1
    }
}
