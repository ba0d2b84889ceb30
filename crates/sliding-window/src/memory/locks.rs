//! Several shards locked at once, for a request with several limits.

use parking_lot::{Mutex, MutexGuard};

use super::{key::Digest, shard::Shard};

/// The locked shards of some digests, each once.
pub struct Locked<'a> {
    shards: usize,
    guards: Vec<(usize, MutexGuard<'a, Shard>)>,
}

impl<'a> Locked<'a> {
    /// Locks in ascending order, always: of two requests that need the same shards, whichever gets
    /// the lowest gets the others too, so neither can hold what the other waits for.
    pub fn new(shards: &'a [Mutex<Shard>], digests: &[Digest]) -> Self {
        let mut numbers: Vec<usize> = digests.iter().map(|d| d.shard(shards.len())).collect();
        numbers.sort_unstable();
        // A shard locked twice by one thread would wait for itself.
        numbers.dedup();
        let guards = numbers.into_iter().map(|number| (number, shards[number].lock())).collect();
        Self { shards: shards.len(), guards }
    }

    /// The shard of one of the digests locked.
    pub fn shard(&mut self, digest: Digest) -> &mut Shard {
        let number = digest.shard(self.shards);
        let at = self.guards.partition_point(|(held, _)| *held < number);
        &mut self.guards[at].1
    }
}
