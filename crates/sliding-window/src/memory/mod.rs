//! Store in this process's memory: exact, bounded, and shared by all threads.

mod decide;
mod deny_cache;
mod eviction;
mod index;
mod key;
mod limit;
mod overflow_bucket;
mod shard;
mod slab;
mod timestamps;

#[cfg(test)]
mod tests;

use std::time::Instant;

use async_trait::async_trait;
use parking_lot::Mutex;

use self::{
    deny_cache::DenyCache,
    index::MAX_SLOTS,
    key::{KeyHash, KeyHasher},
    limit::Limit,
    overflow_bucket::OverflowBucket,
    shard::Shard,
};
use super::{ChargeReceipt, Decision, LimitRequest, Store, StoreError, StoreReport};

/// Maximum number of shards: more than threads that compete for a lock.
const MAX_SHARDS: usize = 64;
/// Minimum number of keys per shard, because each shard evicts among its own keys only.
const MIN_KEYS_PER_SHARD: usize = 1024;
/// Keys checked under one lock during a purge, so that no request waits for the whole purge.
const EVICTION_BATCH: usize = 256;
/// Name of the store in receipts and logs.
const NAME: &str = "memory";

/// Sliding log of admissions per key, exact to the microsecond.
///
/// Guarantee: for one key, no half-open window of the policy's length contains more admissions than
/// the policy allows, at any concurrency. The guarantee holds while the store holds the key. Once
/// `max_keys` are held, only a key that is not at its limit is evicted for a new one.
///
/// Memory: 56 bytes per key plus 5 to 8 bytes in the index, for any length of the key; 8 to 16 bytes
/// more per admission of a key with more than five; up to 512 KiB for the deny cache. The store frees
/// memory as keys expire. A restart loses all counts, so that each key gains one more window.
#[derive(Debug)]
pub struct MemoryStore {
    epoch: Instant,
    hasher: KeyHasher,
    shards: Box<[Mutex<Shard>]>,
    overflow: OverflowBucket,
    deny_cache: DenyCache,
}

/// Counters of a memory store since it was created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryStats {
    /// Keys held now.
    pub keys: usize,
    /// Keys removed because all their admissions had left the window.
    pub expired: u64,
    /// Keys removed before that, to make room for new ones.
    pub evicted: u64,
    /// Requests of new keys that used the overflow bucket of their policy, admitted or not.
    pub overflowed: u64,
}

impl MemoryStore {
    /// Creates a store of at most `max_keys` keys, at least 1. Times before `epoch` count as `epoch`.
    #[must_use]
    pub fn new(max_keys: usize, epoch: Instant) -> Self {
        let wanted = (max_keys / MIN_KEYS_PER_SHARD).clamp(1, MAX_SHARDS);
        let shards = 1 << wanted.ilog2();
        let capacity = (max_keys / shards).clamp(1, MAX_SLOTS);
        Self {
            epoch,
            hasher: KeyHasher::default(),
            shards: (0..shards).map(|_| Mutex::new(Shard::new(capacity))).collect(),
            overflow: OverflowBucket::default(),
            deny_cache: DenyCache::new(max_keys),
        }
    }

    /// Refunds one admission. Returns `false` if the store no longer counts it.
    #[expect(clippy::needless_pass_by_value, reason = "consumes the receipt, so that it is refunded once")]
    pub fn refund_now(&self, receipt: ChargeReceipt) -> bool {
        if receipt.store != NAME {
            return false;
        }
        let ChargeReceipt { policy, key_hash, admission, .. } = receipt;
        match key_hash.map(KeyHash) {
            Some(hash) => self.refund_in(&mut self.shard(hash).lock(), hash, admission),
            None => self.overflow.refund(policy.name(), Limit::of(&policy), admission),
        }
    }

    /// Removes all admissions of one key. Returns `false` if the key has none.
    pub fn clear_now(&self, request: &LimitRequest<'_>) -> bool {
        let hash = self.hasher.hash(request);
        let mut shard = self.shard(hash).lock();
        self.deny_cache.remove(hash);
        shard.clear(hash.tag())
    }

    /// Returns the counters. Locks one shard at a time, so the sums are not one snapshot.
    #[must_use]
    pub fn stats(&self) -> MemoryStats {
        // The shards count under their own locks, because shared counters would cost a cache line.
        let start = MemoryStats { overflowed: self.overflow.uses(), ..MemoryStats::default() };
        self.shards.iter().map(Mutex::lock).fold(start, |sum, shard| MemoryStats {
            keys: sum.keys + shard.len(),
            expired: sum.expired + shard.expired,
            evicted: sum.evicted + shard.evicted,
            ..sum
        })
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn decide(&self, requests: &[LimitRequest<'_>], now: Instant) -> Result<Decision, StoreError> {
        Ok(self.decide_now(requests, now))
    }

    async fn refund(&self, receipt: ChargeReceipt) -> Result<bool, StoreError> {
        Ok(self.refund_now(receipt))
    }

    async fn clear(&self, request: LimitRequest<'_>) -> Result<bool, StoreError> {
        Ok(self.clear_now(&request))
    }

    fn purge_expired(&self, now: Instant) {
        let now = self.micros(now);
        for shard in &self.shards {
            while shard.lock().purge_expired(now, EVICTION_BATCH) {}
        }
    }

    fn report(&self) -> StoreReport {
        StoreReport { memory: self.stats(), ..StoreReport::default() }
    }
}
