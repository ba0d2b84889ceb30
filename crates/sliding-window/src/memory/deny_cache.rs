//! Deny cache: keys at their limit, so that further rejections of these keys need no lock.
//!
//! A flood of requests consists mostly of rejections. Without the cache, all threads that reject one key
//! would wait for the lock of its shard.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{key::KeyHash, limit::Micros};

/// Maximum number of entries. All entries together take 512 KiB, which fits into the cache of a processor core.
const MAX_ENTRIES: usize = 32 * 1024;
/// Number of entries per set. The entries of one set fill one cache line of 64 bytes.
const WAYS: usize = 4;

/// Set-associative cache of rejections. A new rejection replaces the earliest-expiring rejection in its set.
///
/// Sets have four entries, because keys would otherwise evict each other. With one entry per set, and three times as
/// many sets as keys, about one in four keys would share its set with another key.
///
/// Readers use no lock, so a reader may see `until` of one rejection and `check` of another rejection. `check` is
/// `hash_high` XOR `until`. An `until` and a `check` of two different rejections therefore match no key.
///
/// Relaxed atomics are enough, because every writer for a key holds the lock of the key's shard. A request that
/// a client sends after it has received the result of a refund reads the emptied entries or newer entries.
#[derive(Debug)]
pub struct DenyCache(Box<[Set]>);

/// Set of entries, aligned to a cache line, so that reading one entry also loads the other entries.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([Entry; WAYS]);

#[derive(Debug, Default)]
struct Entry {
    until: AtomicU64,
    check: AtomicU64,
}

impl DenyCache {
    /// Creates a cache with about one entry per key, and with at most [`MAX_ENTRIES`] entries.
    pub fn new(max_keys: usize) -> Self {
        let sets = max_keys.clamp(WAYS, MAX_ENTRIES).div_ceil(WAYS).next_power_of_two();
        Self((0..sets).map(|_| Set::default()).collect())
    }

    /// Returns the time until the key can be admitted, or `None` if the cache has no current rejection of the key.
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

    /// Removes all entries of the cache set that the key maps to. The caller holds the lock of the key's shard.
    ///
    /// The cache then contains no entry for the key until the next rejection of the key. Other keys in the same set lose
    /// their entries too, and are cached again at their next rejection.
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
    /// Returns the time at which the rejection ends, or `None` if this entry belongs to another key.
    fn until_of(&self, hash_high: u64) -> Option<Micros> {
        let until = self.until.load(Relaxed);
        (self.check.load(Relaxed) ^ until == hash_high).then_some(until)
    }
}
