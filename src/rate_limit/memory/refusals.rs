//! Remembers who is at the limit and until when, so that refusing them again takes no lock.
//!
//! Refusals are what a flood consists of. Threads that all refuse one key would otherwise wait for
//! each other at its shard.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{digest::Digest, limit::Tick};

/// Refusals remembered at most, 16 bytes each: small enough to stay in a processor's own cache.
const MOST: usize = 32 * 1024;

/// A table with one place for each digest; a later refusal takes the place of an earlier one.
///
/// Both words of a place are written and read without a lock, so a reader may see one of an old
/// refusal and one of a new. It then sees none: the second word is the digest's half mixed with the
/// first word, and fits no other first word.
///
/// Relaxed order is enough. A place is written for a key, and emptied, under the lock of its shard
/// only; and whoever has heard of a refund sees the emptied word or a later one.
#[derive(Debug)]
pub struct Refusals(Box<[Place]>);

#[derive(Debug, Default)]
struct Place {
    until: AtomicU64,
    check: AtomicU64,
}

impl Refusals {
    /// As many places as there are keys, within reason.
    pub fn new(max_keys: usize) -> Self {
        let places = max_keys.clamp(1, MOST).next_power_of_two();
        Self((0..places).map(|_| Place::default()).collect())
    }

    /// How long the key must still wait; none when nothing is remembered of it.
    pub fn wait(&self, half: u64, now: Tick) -> Option<Tick> {
        let place = self.place(half);
        let until = place.until.load(Relaxed);
        let known = place.check.load(Relaxed) ^ until == half;
        until.checked_sub(now).filter(|&wait| known && wait > 0)
    }

    /// Remembers a refusal. Only under the lock of the key's shard.
    pub fn note(&self, digest: Digest, until: Tick) {
        let place = self.place(digest.half());
        place.until.store(until, Relaxed);
        place.check.store(digest.half() ^ until, Relaxed);
    }

    /// Forgets whatever is remembered in the key's place. Only under the lock of the key's shard,
    /// after which nothing stands there for the key until it is refused again.
    pub fn forget(&self, digest: Digest) {
        self.place(digest.half()).check.store(0, Relaxed);
    }

    fn place(&self, half: u64) -> &Place {
        let [low, high, ..] = half.to_le_bytes();
        &self.0[usize::from(u16::from_le_bytes([low, high])) & (self.0.len() - 1)]
    }
}
