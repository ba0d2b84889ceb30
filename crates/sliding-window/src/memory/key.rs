//! Hash of a policy and a key: 128 bits that clients cannot predict.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::super::LimitRequest;

/// Hash of a key under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub u128);

/// The 96 bits of a hash that identify a key inside its shard.
///
/// Six more bits select the shard. The probability that any two of a million keys collide is below 2^-62.
/// The tag omits the other bits of the hash, which saves four bytes per key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tag([u32; 3]);

impl KeyHash {
    /// Returns the upper 64 bits, which identify a key in the deny cache.
    pub const fn hash_high(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// Returns the number of the key's shard, from bits that are not part of the tag.
    ///
    /// `shards` must be a power of two and at most 64.
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
    /// Returns the bits that select the position in a hash table.
    pub const fn position_bits(self) -> u32 {
        self.0[0]
    }

    /// Returns the bits that distinguish most tags with equal positions.
    pub const fn fingerprint(self) -> u32 {
        self.0[1]
    }
}

/// Hash function: `SipHash`-1-3 with 128 bits (Aumasson and Bernstein, 2012) and a random secret per store.
///
/// Because of the secret, no client can choose keys that share a shard, a table position or a hash.
#[derive(Debug)]
pub struct KeyHasher(SipHasher13);

/// Maximum length of a key that is hashed in one call, in bytes. The longest text of an IPv6 address fits.
const SHORT_KEY: usize = 56;

impl Default for KeyHasher {
    fn default() -> Self {
        Self(SipHasher13::new_with_keys(rand::random(), rand::random()))
    }
}

impl KeyHasher {
    pub fn hash(&self, request: &LimitRequest<'_>) -> KeyHash {
        let (policy_hash, key) = (request.policy.policy_hash().to_le_bytes(), request.key.as_bytes());
        // The policy hash has a fixed length, so that no two pairs of policy and key give equal bytes.
        let mut buffer = [0; size_of::<u64>() + SHORT_KEY];
        if let Some(space) = buffer.get_mut(policy_hash.len()..policy_hash.len() + key.len()) {
            space.copy_from_slice(key);
            buffer[..policy_hash.len()].copy_from_slice(&policy_hash);
            return KeyHash(self.0.hash(&buffer[..policy_hash.len() + key.len()]).as_u128());
        }
        let mut hasher = self.0;
        hasher.write(&policy_hash);
        hasher.write(key);
        KeyHash(hasher.finish128().as_u128())
    }
}
