//! Names of keys on the server: nobody who reads them there learns an address or an account.

use hmac::{Hmac, Mac, digest::InvalidLength};
use sha2::Sha256;

use super::super::{Ask, Policy};

/// All keys of this service have it. On a cluster, keys with one tag lie on one node, which a script
/// needs for all keys of a request. A tag for each address or account would not do: an account is
/// asked for together with ever other addresses, and must lie beside every one of them. So the
/// counts of one service share a node; another service's, with the same Redis, do not meet them,
/// because their digests are made with another secret.
const TAG: &str = "{ballast-limits}";

/// Names keys with a secret that all processes of the service share.
pub struct Keys(Hmac<Sha256>);

impl Keys {
    pub fn new(secret: &[u8]) -> Result<Self, InvalidLength> {
        Hmac::new_from_slice(secret).map(Self)
    }

    /// Keyed: the names of accounts are few enough to be tried one after the other.
    pub fn digest(&self, ask: &Ask<'_>) -> u128 {
        let mut mac = self.0.clone();
        mac.update(b"rate limit");
        mac.update(&ask.policy.mark().to_le_bytes());
        mac.update(ask.key.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        u128::from_le_bytes(half)
    }

    pub fn name(policy: &Policy, digest: u128) -> String {
        format!("{TAG}:{}:{digest:032x}", policy.name())
    }
}
