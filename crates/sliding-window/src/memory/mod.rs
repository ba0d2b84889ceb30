//! Counts in this process's memory: exact, bounded, and shared by all threads.

mod decide;
mod deny_cache;
mod index;
mod key;
mod lane;
mod limit;
mod locks;
mod overflow_bucket;
mod pressure;
mod queue;
mod shard;
mod slab;
mod timestamps;

#[cfg(test)]
mod tests;

use std::time::Instant;

use async_trait::async_trait;
use parking_lot::Mutex;

use self::{
    deny_cache::Refusals,
    index::MOST_SLOTS,
    key::{Digest, Digester},
    limit::Limit,
    overflow_bucket::Overflow,
    shard::Shard,
};
use super::{Ask, Decision, Receipt, Report, Store, StoreError};

/// More shards than threads that could wait for each other.
const MOST_SHARDS: usize = 64;
/// Fewer keys than this are not worth another shard: each makes room among its own keys only.
const SHARD_KEYS: usize = 1024;
/// Keys dropped under one hold of a lock, so that no request waits for a whole sweep.
const SWEEP: usize = 256;
/// The store's name in receipts and logs.
const NAME: &str = "memory";

/// A sliding log of admissions for each key, exact to the microsecond.
///
/// The guarantee: of one key, never more than the policy's number is admitted in any half-open
/// window of its length, whatever the concurrency. It holds while the key is held; only a key that
/// is not at its limit may be let go for a new one, when `max_keys` are held.
///
/// Memory: 56 bytes a key plus 5 to 8 for finding it, whatever the key's length; 8 to 16 more for
/// each admission once a key has more than five; up to 512 KiB at birth. Given back as keys go.
/// A restart forgets everything: it grants one more window.
#[derive(Debug)]
pub struct MemoryStore {
    birth: Instant,
    digester: Digester,
    shards: Box<[Mutex<Shard>]>,
    overflow: Overflow,
    refusals: Refusals,
}

/// What a store has done since its birth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Keys held now.
    pub keys: usize,
    /// Keys dropped because no window held them any more.
    pub expired: u64,
    /// Keys dropped before that, to make room for new ones.
    pub evicted: u64,
    /// Requests of new keys that had to share their policy's one key, admitted or not.
    pub overflowed: u64,
}

impl MemoryStore {
    /// A store of at most `max_keys` keys, at least 1; times before `birth` count as `birth`.
    #[must_use]
    pub fn new(max_keys: usize, birth: Instant) -> Self {
        let wanted = (max_keys / SHARD_KEYS).clamp(1, MOST_SHARDS);
        let shards = 1 << wanted.ilog2();
        let capacity = (max_keys / shards).clamp(1, MOST_SLOTS);
        Self {
            birth,
            digester: Digester::default(),
            shards: (0..shards).map(|_| Mutex::new(Shard::new(capacity))).collect(),
            overflow: Overflow::default(),
            refusals: Refusals::new(max_keys),
        }
    }

    /// Gives one admission back; false when it is no longer counted.
    #[expect(clippy::needless_pass_by_value, reason = "consumed: nothing is given back twice")]
    pub fn refund_now(&self, receipt: Receipt) -> bool {
        if receipt.store != NAME {
            return false;
        }
        let Receipt { policy, digest, stamp, .. } = receipt;
        match digest.map(Digest) {
            Some(digest) => self.take_back(&mut self.shard(digest).lock(), digest, stamp),
            None => self.overflow.refund(policy.name(), Limit::of(&policy), stamp),
        }
    }

    /// Forgets every admission of one key; false when there was none.
    pub fn clear_now(&self, ask: &Ask<'_>) -> bool {
        let digest = self.digester.digest(ask);
        let mut shard = self.shard(digest).lock();
        self.refusals.forget(digest);
        shard.clear(digest.tag())
    }

    /// Drops the keys that no window holds any more. For a background task, every few seconds.
    pub fn sweep(&self, now: Instant) {
        let now = self.tick(now);
        for shard in &self.shards {
            while shard.lock().evict(now, SWEEP) {}
        }
    }

    /// What was counted; each shard is locked for a moment, one after the other.
    #[must_use]
    pub fn stats(&self) -> Stats {
        // Counted under the shards' own locks: counting then costs no cache line of its own.
        let start = Stats { overflowed: self.overflow.uses(), ..Stats::default() };
        self.shards.iter().map(Mutex::lock).fold(start, |sum, shard| Stats {
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

    async fn decide(&self, asks: &[Ask<'_>], now: Instant) -> Result<Decision, StoreError> {
        Ok(self.decide_now(asks, now))
    }

    async fn refund(&self, receipt: Receipt) -> Result<bool, StoreError> {
        Ok(self.refund_now(receipt))
    }

    async fn clear(&self, ask: Ask<'_>) -> Result<bool, StoreError> {
        Ok(self.clear_now(&ask))
    }

    fn evict(&self, now: Instant) {
        self.sweep(now);
    }

    fn report(&self) -> Report {
        Report { memory: self.stats(), ..Report::default() }
    }
}
