//! Names of keys on the Redis server. The names reveal neither addresses nor accounts.

use hmac::{Hmac, Mac, digest::InvalidLength};
use sha2::Sha256;

use super::super::{LimitRequest, Policy};

/// Hash tag of all keys of this service.
///
/// A cluster stores all keys with the same hash tag on the same node. A script needs all keys of its call on
/// one node. Separate hash tags per address or per account are not possible, because one call can contain the key of
/// any address and the key of any account. All counts of a service are therefore on one node.
///
/// Two services on the same Redis server use different keys, because each service hashes with its own secret.
const HASH_TAG: &str = "{ballast-limits}";

/// Generator of key names, with a secret that all processes of the service share.
pub struct Keys(Hmac<Sha256>);

impl Keys {
    pub fn new(secret: &[u8]) -> Result<Self, InvalidLength> {
        Hmac::new_from_slice(secret).map(Self)
    }

    /// Hashes a policy and a key with the secret. If the hash had no secret, an attacker who reads the names of keys
    /// could find the accounts by hashing guessed account names.
    pub fn hash(&self, request: &LimitRequest<'_>) -> u128 {
        let mut mac = self.0.clone();
        mac.update(b"rate limit");
        mac.update(&request.policy.policy_hash().to_le_bytes());
        mac.update(request.key.as_bytes());
        let mut truncated = [0; 16];
        truncated.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        u128::from_le_bytes(truncated)
    }

    pub fn name(policy: &Policy, hash: u128) -> String {
        format!("{HASH_TAG}:{}:{hash:032x}", policy.name())
    }
}
