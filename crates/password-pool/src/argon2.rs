//! Argon2id hashing. Each thread reuses its memory for each hash.

use std::hint::black_box;

use ::argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{Output, ParamsString, PasswordHash, SaltString},
};
use rand::{TryRngCore, rngs::OsRng};

use crate::BoxError;

const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// Maximum costs of a stored hash: memory in KiB, number of passes, number of lanes. A more expensive stored hash is
/// rejected, because a manipulated row must not exhaust memory or CPU time.
const MAX_MEMORY_KIBIBYTES: u32 = 65_536;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 4;

/// Minimum capacity for memory blocks: 33 MiB, of which a hash uses only a part. glibc maps an allocation above 32 MiB
/// separately, and unmaps the allocation when it is freed (mallopt(3), `M_MMAP_THRESHOLD`). A smaller allocation would
/// stay in the heap, because glibc raises the threshold to the size of the first freed mapping.
const MAPPED_BLOCKS: usize = 33 * 1024;

/// Cost of one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8.
    pub memory_kibibytes: u32,
    /// Number of passes over the memory, at least 1.
    pub passes: u32,
}

/// Result of comparing a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordMatch {
    /// The password is wrong, or no valid stored hash exists.
    Mismatch,
    /// The password is correct.
    Match,
    /// The password is correct, but the cost of the stored hash differs from the current cost.
    MatchNeedsRehash,
}

/// Argon2id instance with the memory of one thread.
pub struct Argon2id {
    params: Params,
    /// Memory blocks. The vector grows to the size that the most expensive derived hash needed.
    blocks: Vec<Block>,
}

/// Stored hash with a cost within the limits.
struct StoredHash {
    params: Params,
    salt: Vec<u8>,
    output: Output,
}

impl Argon2id {
    /// Creates an instance. `cost` is the current cost: the cost of new hashes. The first hash allocates the memory.
    pub fn new(cost: Cost) -> Result<Self, BoxError> {
        let params = Params::new(cost.memory_kibibytes, cost.passes, LANES, Some(OUTPUT_BYTES));
        Ok(Self { params: params.map_err(|error| error.to_string())?, blocks: Vec::new() })
    }

    /// Releases the memory to the operating system. The next hash allocates the memory again.
    pub fn release_memory(&mut self) {
        self.blocks = Vec::new();
    }

    /// Hashes a password with a new random salt. Returns a PHC string.
    pub fn hash(&mut self, password: &str) -> Result<String, BoxError> {
        let mut salt = [0; SALT_BYTES];
        OsRng.try_fill_bytes(&mut salt)?;
        let salt_text = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
        let output = self.derive(password, &salt, &self.params.clone())?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(|error| error.to_string())?,
            salt: Some(salt_text.as_salt()),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }

    /// Compares a password with a stored hash.
    ///
    /// If the stored hash is missing, invalid or too expensive, a hash at the current cost is derived
    /// and discarded. The response time therefore does not reveal whether an account exists.
    pub fn verify(&mut self, password: &str, stored: Option<&str>) -> PasswordMatch {
        let Some(stored) = stored.and_then(|stored| StoredHash::parse(stored).ok()) else {
            let params = self.params.clone();
            let _ = black_box(self.derive(password, &[0; SALT_BYTES], &params));
            return PasswordMatch::Mismatch;
        };
        // `Output` compares in constant time.
        let is_match = self.derive(password, &stored.salt, &stored.params).is_ok_and(|output| output == stored.output);
        if is_match {
            return self.match_with(&stored.params);
        }
        self.burn_remaining_cost(password, &stored.params);
        PasswordMatch::Mismatch
    }

    /// Derives and discards a hash whose cost is the difference between the current cost and the cost `spent`.
    ///
    /// A wrong password for a cheaper stored hash therefore takes as long as a login attempt on an unknown account.
    fn burn_remaining_cost(&mut self, password: &str, spent: &Params) {
        let Some(remaining) = remaining_cost(&self.params, spent) else { return };
        let _ = black_box(self.derive(password, &[0; SALT_BYTES], &remaining));
    }

    fn match_with(&self, params: &Params) -> PasswordMatch {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        if cost(params) == cost(&self.params) { PasswordMatch::Match } else { PasswordMatch::MatchNeedsRehash }
    }

    fn derive(&mut self, password: &str, salt: &[u8], params: &Params) -> Result<Output, BoxError> {
        let needed = params.block_count();
        if self.blocks.len() < needed {
            self.blocks.reserve_exact(needed.max(MAPPED_BLOCKS) - self.blocks.len());
            self.blocks.resize(needed, Block::default());
        }
        let mut output = [0; OUTPUT_BYTES];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut self.blocks[..needed])
            .map_err(|error| error.to_string())?;
        Output::new(&output).map_err(|error| error.to_string().into())
    }
}

/// Returns the difference between the costs `current` and `spent`.
///
/// The cost is the memory multiplied by the number of passes. Returns `None` if the difference is too small for one
/// hash.
fn remaining_cost(current: &Params, spent: &Params) -> Option<Params> {
    let filled = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    let memory = filled(current).checked_sub(filled(spent))? / u64::from(current.t_cost());
    let memory = u32::try_from(memory).ok().filter(|memory| *memory >= Params::MIN_M_COST)?;
    Params::new(memory, current.t_cost(), LANES, Some(OUTPUT_BYTES)).ok()
}

impl StoredHash {
    /// Parses a PHC string. Rejects algorithms other than Argon2id, and a cost above the limits.
    fn parse(text: &str) -> Result<Self, BoxError> {
        let stored = PasswordHash::new(text).map_err(|error| error.to_string())?;
        let params = Params::try_from(&stored).map_err(|error| error.to_string())?;
        let (Some(salt), Some(output)) = (stored.salt, stored.hash) else {
            return Err("the stored hash has no salt or no output".into());
        };
        if stored.algorithm != ARGON2ID_IDENT || exceeds_limits(&params) {
            return Err("the stored hash is not Argon2id or exceeds the maximum cost".into());
        }
        let mut buffer = [0; 64];
        let salt = salt.decode_b64(&mut buffer).map_err(|error| error.to_string())?.to_vec();
        Ok(Self { params, salt, output })
    }
}

fn exceeds_limits(params: &Params) -> bool {
    params.m_cost() > MAX_MEMORY_KIBIBYTES || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURRENT: Cost = Cost { memory_kibibytes: 19_456, passes: 2 };
    const CHEAP: Cost = Cost { memory_kibibytes: 8, passes: 1 };

    fn argon2id() -> Argon2id {
        Argon2id::new(CURRENT).unwrap()
    }

    fn cheap_hash() -> String {
        Argon2id::new(CHEAP).unwrap().hash("correct horse battery").unwrap()
    }

    /// Returns whether the instance has derived a hash at the current cost, according to the size of its memory.
    fn did_full_work(argon2id: &Argon2id) -> bool {
        argon2id.blocks.len() == argon2id.params.block_count()
    }

    #[test]
    fn verify_matches_only_the_hashed_password() {
        let mut argon2id = argon2id();
        let hash = argon2id.hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(argon2id.verify("correct horse battery", Some(&hash)), PasswordMatch::Match);
        assert_eq!(argon2id.verify("correct horse batterz", Some(&hash)), PasswordMatch::Mismatch);
    }

    #[test]
    fn hash_is_derived_when_the_memory_was_released() {
        let mut argon2id = argon2id();
        let hash = argon2id.hash("correct horse battery").unwrap();
        argon2id.release_memory();
        assert_eq!(argon2id.blocks.capacity(), 0);
        assert_eq!(argon2id.verify("correct horse battery", Some(&hash)), PasswordMatch::Match);
        assert!(did_full_work(&argon2id));
    }

    #[test]
    fn hash_differs_when_a_password_is_hashed_twice() {
        let mut argon2id = argon2id();
        assert_ne!(argon2id.hash("correct horse battery").unwrap(), argon2id.hash("correct horse battery").unwrap());
    }

    #[test]
    fn verify_requests_a_rehash_when_the_cost_differs() {
        let cheap = cheap_hash();
        assert_eq!(argon2id().verify("correct horse battery", Some(&cheap)), PasswordMatch::MatchNeedsRehash);
        assert_eq!(argon2id().verify("correct horse batterz", Some(&cheap)), PasswordMatch::Mismatch);
    }

    #[test]
    fn verify_does_full_work_when_no_hash_is_stored() {
        let mut argon2id = argon2id();
        assert_eq!(argon2id.verify("any password", None), PasswordMatch::Mismatch);
        assert!(did_full_work(&argon2id));
    }

    #[test]
    fn remaining_cost_completes_the_work_of_a_cheaper_hash() {
        let params = |memory, passes| Params::new(memory, passes, LANES, Some(OUTPUT_BYTES)).unwrap();
        let work = |params: &Params| params.m_cost() * params.t_cost();
        let current = params(CURRENT.memory_kibibytes, CURRENT.passes);
        for spent in [params(8, 1), params(4096, 3), params(19_456, 1), params(12_288, 3)] {
            let remaining = remaining_cost(&current, &spent).unwrap();
            let difference = work(&current).abs_diff(work(&spent) + work(&remaining));
            assert!(difference <= current.t_cost(), "{spent:?}");
        }
        for spent in [current.clone(), params(19_455, 2), params(65_536, 3)] {
            assert!(remaining_cost(&current, &spent).is_none(), "{spent:?}");
        }
    }

    #[test]
    fn verify_burns_the_remaining_cost_when_a_cheaper_hash_mismatches() {
        let mut argon2id = argon2id();
        argon2id.verify("correct horse batterz", Some(&cheap_hash()));
        assert!(argon2id.blocks.len() > 19_000, "no remaining cost was burned");
    }

    #[test]
    fn verify_does_full_work_when_the_stored_hash_exceeds_the_limits() {
        for cost in
            ["m=8388608,t=2,p=1", "m=19456,t=1000,p=1", "m=65537,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=2,p=5"]
        {
            let mut argon2id = argon2id();
            let stored = format!("$argon2id$v=19${cost}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            assert!(StoredHash::parse(&stored).is_err(), "{cost}");
            assert_eq!(argon2id.verify("any password", Some(&stored)), PasswordMatch::Mismatch);
            assert!(did_full_work(&argon2id), "{cost}");
        }
    }

    #[test]
    fn verify_does_full_work_when_the_stored_hash_is_invalid() {
        for stored in ["", "plain", "$argon2id$", "$2b$12$abc", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA"] {
            let mut argon2id = argon2id();
            assert_eq!(argon2id.verify("plain", Some(stored)), PasswordMatch::Mismatch, "{stored}");
            assert!(did_full_work(&argon2id), "{stored}");
        }
    }
}
