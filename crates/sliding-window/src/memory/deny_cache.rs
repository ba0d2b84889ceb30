//! Cache of keys at their limit, so that further rejections need no lock.
//!
//! A flood consists of rejections. Threads that all reject one key would otherwise wait for the lock
//! of its shard.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{key::KeyHash, limit::Micros};

/// Maximum number of entries of 16 bytes each: small enough for a processor's own cache.
const MAX_ENTRIES: usize = 32 * 1024;
/// Entries per set, which together fill one cache line.
const WAYS: usize = 4;

/// Set-associative cache. A new rejection replaces the entry of its set that ends first.
///
/// Each set has several entries, because with one entry per set and a third as many keys as entries,
/// every fourth key would share its entry with another key, and each would evict the other.
///
/// Readers and writers use no lock, so a reader may see the two words of two different rejections. The
/// entry then matches no key: its second word is `hash_high` XOR the first word.
///
/// Relaxed atomics are enough. Writers of an entry and of an emptied set hold the lock of the key's
/// shard. A client that has received the result of a refund sees the emptied words or newer ones.
#[derive(Debug)]
pub struct DenyCache(Box<[Set]>);

/// Aligned to a cache line, so that reading one entry also loads the others.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([Entry; WAYS]);

#[derive(Debug, Default)]
struct Entry {
    until: AtomicU64,
    check: AtomicU64,
}

impl DenyCache {
    /// Creates one entry per key, at most [`MAX_ENTRIES`].
    pub fn new(max_keys: usize) -> Self {
        let sets = max_keys.clamp(WAYS, MAX_ENTRIES).div_ceil(WAYS).next_power_of_two();
        Self((0..sets).map(|_| Set::default()).collect())
    }

    /// Returns the time until the key can be admitted, or `None` if the cache has no entry for it.
    pub fn wait(&self, hash: KeyHash, now: Micros) -> Option<Micros> {
        let hash_high = hash.hash_high();
        let until = self.set(hash_high).iter().find_map(|entry| entry.until_of(hash_high))?;
        until.checked_sub(now).filter(|&wait| wait > 0)
    }

    /// Caches a rejection. The caller holds the lock of the key's shard.
    pub fn insert(&self, hash: KeyHash, until: Micros) {
        let hash_high = hash.hash_high();
        let set = self.set(hash_high);
        let existing = set.iter().find(|entry| entry.until_of(hash_high).is_some());
        let entry = existing.or_else(|| set.iter().min_by_key(|entry| entry.until.load(Relaxed)));
        if let Some(entry) = entry {
            entry.until.store(until, Relaxed);
            entry.check.store(hash_high ^ until, Relaxed);
        }
    }

    /// Removes all entries of the key's set. The caller holds the lock of the key's shard.
    ///
    /// After the call the cache has no entry for the key until its next rejection. Other keys of the set
    /// are cached again at their next rejection.
    pub fn remove(&self, hash: KeyHash) {
        for entry in self.set(hash.hash_high()) {
            entry.check.store(0, Relaxed);
            entry.until.store(0, Relaxed);
        }
    }

    fn set(&self, hash_high: u64) -> &[Entry; WAYS] {
        let [low, high, ..] = hash_high.to_le_bytes();
        &self.0[usize::from(u16::from_le_bytes([low, high])) & (self.0.len() - 1)].0
    }
}

impl Entry {
    /// Returns the end of the rejection if this entry belongs to the key.
    fn until_of(&self, hash_high: u64) -> Option<Micros> {
        let until = self.until.load(Relaxed);
        (self.check.load(Relaxed) ^ until == hash_high).then_some(until)
    }
}
