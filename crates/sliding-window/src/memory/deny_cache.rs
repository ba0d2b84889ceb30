//! Remembers who is at the limit and until when, so that refusing them again takes no lock.
//!
//! Refusals are what a flood consists of. Threads that all refuse one key would otherwise wait for
//! each other at its shard.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{key::Digest, limit::Tick};

/// Refusals remembered at most, 16 bytes each: small enough to stay in a processor's own cache.
const MOST: usize = 32 * 1024;
/// Places of one line: what a processor fetches at once.
const PLACES: usize = 4;

/// A table with one line for each digest, in which the latest refusal takes the place of the one that
/// ends first. A line of several: with one place each, a third as many keys as places would leave every
/// fourth key to take turns with another, each making the store forget the other.
///
/// Both words of a place are written and read without a lock, so a reader may see one of an old
/// refusal and one of a new. It then sees none: the second word is the digest's half mixed with the
/// first word, and fits no other first word.
///
/// Relaxed order is enough. A place is written for a key, and its line emptied, under the lock of its
/// shard only; and whoever has heard of a refund sees the emptied words or later ones.
#[derive(Debug)]
pub struct Refusals(Box<[Line]>);

/// In memory as the processor fetches it, so that looking at one place brings the others along.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([Place; PLACES]);

#[derive(Debug, Default)]
struct Place {
    until: AtomicU64,
    check: AtomicU64,
}

impl Refusals {
    /// As many places as there are keys, within reason.
    pub fn new(max_keys: usize) -> Self {
        let lines = max_keys.clamp(PLACES, MOST).div_ceil(PLACES).next_power_of_two();
        Self((0..lines).map(|_| Line::default()).collect())
    }

    /// How long the key must still wait; none when nothing is remembered of it.
    pub fn wait(&self, digest: Digest, now: Tick) -> Option<Tick> {
        let half = digest.half();
        let until = self.line(half).iter().find_map(|place| place.until_of(half))?;
        until.checked_sub(now).filter(|&wait| wait > 0)
    }

    /// Remembers a refusal. Only under the lock of the key's shard.
    pub fn note(&self, digest: Digest, until: Tick) {
        let half = digest.half();
        let known = self.line(half).iter().find(|place| place.until_of(half).is_some());
        let place = known.or_else(|| self.line(half).iter().min_by_key(|place| place.until.load(Relaxed)));
        if let Some(place) = place {
            place.until.store(until, Relaxed);
            place.check.store(half ^ until, Relaxed);
        }
    }

    /// Forgets whatever is remembered in the key's line, its neighbours too: they are remembered again
    /// when they are refused again. Only under the lock of the key's shard, after which nothing stands
    /// there for the key until it is refused again.
    pub fn forget(&self, digest: Digest) {
        for place in self.line(digest.half()) {
            place.check.store(0, Relaxed);
            place.until.store(0, Relaxed);
        }
    }

    fn line(&self, half: u64) -> &[Place; PLACES] {
        let [low, high, ..] = half.to_le_bytes();
        &self.0[usize::from(u16::from_le_bytes([low, high])) & (self.0.len() - 1)].0
    }
}

impl Place {
    /// Until when this key waits, if it is the one remembered here.
    fn until_of(&self, half: u64) -> Option<Tick> {
        let until = self.until.load(Relaxed);
        (self.check.load(Relaxed) ^ until == half).then_some(until)
    }
}
