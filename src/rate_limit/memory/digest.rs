//! What stands for a policy and a key inside the store: 128 bits that nobody outside can predict.

use std::hash::{BuildHasher, RandomState};

use super::super::Ask;

/// The digest of one policy's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub u128);

/// The part of a digest that tells keys of one shard apart: 96 bits, because with the shard's six
/// a million keys meet by chance once in 2^62 stores, and four bytes a key are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tag([u32; 3]);

impl Digest {
    /// What [`Digester::half`] said.
    pub const fn half(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// One of `shards`, a power of two of at most 64, by bits the tag does not hold.
    pub fn shard(self, shards: usize) -> usize {
        let [.., top] = self.0.to_le_bytes();
        usize::from(top) & (shards - 1)
    }

    pub fn tag(self) -> Tag {
        let bytes = self.0.to_le_bytes();
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Tag([word(0), word(4), word(8)])
    }
}

impl Tag {
    /// Spreads tags over a table.
    pub const fn spread(self) -> u32 {
        self.0[0]
    }

    /// Tells apart most tags that fell on the same place.
    pub const fn mark(self) -> u32 {
        self.0[1]
    }
}

/// Keyed with randomness of this process, so that no client can aim keys at one shard, one place
/// of a table or each other.
#[derive(Debug, Default)]
pub struct Digester(RandomState, RandomState);

impl Digester {
    /// Half of the digest, for what can do with half.
    pub fn half(&self, ask: &Ask<'_>) -> u64 {
        self.0.hash_one((ask.policy.mark(), ask.key))
    }

    pub fn digest(&self, ask: &Ask<'_>) -> Digest {
        self.complete(self.half(ask), ask)
    }

    /// The whole digest from its half.
    pub fn complete(&self, half: u64, ask: &Ask<'_>) -> Digest {
        // The order of the parts differs from the other half's, because the keys of the two
        // hashers are not independent of each other.
        let other = self.1.hash_one((ask.key, ask.policy.mark()));
        Digest(u128::from(half) << 64 | u128::from(other))
    }
}
