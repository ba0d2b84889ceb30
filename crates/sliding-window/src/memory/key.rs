//! What stands for a policy and a key inside the store: 128 bits that nobody outside can predict.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::super::Ask;

/// The digest of one policy's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub u128);

/// The part of a digest that tells keys of one shard apart: 96 bits, because with the shard's six
/// a million keys meet by chance once in 2^62 stores, and four bytes a key are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tag([u32; 3]);

impl Digest {
    /// The half by which refusals are remembered.
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
/// of a table or each other: `SipHash`-1-3 with 128 bits (Aumasson and Bernstein, 2012).
#[derive(Debug)]
pub struct Digester(SipHasher13);

/// Keys shorter than this are hashed in one go: the longest written form of an IPv6 address fits.
const SHORT: usize = 56;

impl Default for Digester {
    fn default() -> Self {
        Self(SipHasher13::new_with_keys(rand::random(), rand::random()))
    }
}

impl Digester {
    pub fn digest(&self, ask: &Ask<'_>) -> Digest {
        let (mark, key) = (ask.policy.mark().to_le_bytes(), ask.key.as_bytes());
        // The mark is of one length, so no two pairs read alike.
        let mut both = [0; size_of::<u64>() + SHORT];
        if let Some(room) = both.get_mut(mark.len()..mark.len() + key.len()) {
            room.copy_from_slice(key);
            both[..mark.len()].copy_from_slice(&mark);
            return Digest(self.0.hash(&both[..mark.len() + key.len()]).as_u128());
        }
        let mut hasher = self.0;
        hasher.write(&mark);
        hasher.write(key);
        Digest(hasher.finish128().as_u128())
    }
}
