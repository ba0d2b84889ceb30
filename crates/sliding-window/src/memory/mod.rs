//! Store in the memory of this process: exact, bounded, and shared by all threads.

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

/// Maximum number of shards. Exceeds the usual number of threads, so that threads rarely wait for the same lock.
const MAX_SHARDS: usize = 64;
/// Minimum number of keys per shard, because each shard evicts only its own keys.
const MIN_KEYS_PER_SHARD: usize = 1024;
/// Maximum number of keys that a purge processes before it releases the lock of a shard. Otherwise, requests would wait
/// for the whole purge.
const EVICTION_BATCH: usize = 256;
/// Name of the store in charge receipts and logs.
const NAME: &str = "memory";

/// Sliding log of admissions per key, exact to the microsecond.
///
/// Guarantee: in every half-open window of the policy's length, a key has at most the permitted number of
/// admissions. The guarantee holds at any concurrency, as long as the store holds the key. A store with
/// `max_keys` keys evicts a key for each new key, but never a key at its limit.
///
/// Memory per key: 56 bytes plus 5 to 8 bytes in the index, for any length of the key. A key with more than
/// five admissions takes 8 to 16 more bytes per admission. The deny cache takes up to 512 KiB. The store
/// frees memory as keys expire.
///
/// A restart loses all counts, so that each key can again use its whole limit.
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
    /// Number of keys that the store holds now.
    pub keys: usize,
    /// Number of keys that were removed because all their admissions had left the window.
    pub expired: u64,
    /// Number of unexpired keys that were removed to make room for new keys.
    pub evicted: u64,
    /// Number of requests with new keys that used the overflow bucket of their policy. Includes rejected requests.
    pub overflowed: u64,
}

impl MemoryStore {
    /// Creates a store for at most `max_keys` keys (minimum 1). The store treats a request time before `epoch` as
    /// `epoch`.
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

    /// Refunds one admission. Returns `false` if the store no longer counts the admission.
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

    /// Removes all admissions of one key. Returns `false` if the key has no admissions.
    pub fn clear_now(&self, request: &LimitRequest<'_>) -> bool {
        let hash = self.hasher.hash(request);
        let mut shard = self.shard(hash).lock();
        self.deny_cache.remove(hash);
        shard.clear(hash.tag())
    }

    /// Returns the counters. The sums are not a consistent snapshot, because the store locks one shard at a time.
    #[must_use]
    pub fn stats(&self) -> MemoryStats {
        // Sums the counters of the shards, because counters that all shards share would slow each request down.
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
