//! Argon2id into memory that is taken once.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{Ident, Output, ParamsString, PasswordHash, SaltString},
};
use rand::{TryRngCore, rngs::OsRng};

/// KiB, passes, lanes (OWASP Password Storage Cheat Sheet).
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// What a stored hash may ask for at most: a planted row must not take the machine.
const MEMORY_MOST: u32 = 65_536;
const PASSES_MOST: u32 = 10;
const LANES_MOST: u32 = 4;

/// One thread's memory and its parameters.
pub struct Argon {
    params: Params,
    blocks: Vec<Block>,
    decoy: Option<String>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Argon {
    pub fn new() -> Result<Self, Failure> {
        let params = Params::new(MEMORY, PASSES, LANES, Some(OUTPUT_BYTES)).map_err(|error| error.to_string())?;
        Ok(Self { params, blocks: Vec::new(), decoy: None })
    }

    /// The PHC string for a password under a new salt.
    pub fn hash(&mut self, password: &str) -> Result<String, Failure> {
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

    /// Whether a password fits; `false` for a stored hash that cannot be read or asks for too much.
    pub fn verify(&mut self, password: &str, stored: Option<&str>) -> bool {
        let Some(stored) = stored else {
            // The same work as for a known account, with today's parameters.
            let decoy = self.decoy();
            let _ = decoy.is_some_and(|decoy| self.fits(password, &decoy).unwrap_or(false));
            return false;
        };
        self.fits(password, stored).unwrap_or(false)
    }

    fn decoy(&mut self) -> Option<String> {
        if self.decoy.is_none() {
            self.decoy = self.hash("nobody's password").ok();
        }
        self.decoy.clone()
    }

    fn fits(&mut self, password: &str, stored: &str) -> Result<bool, Failure> {
        let stored = PasswordHash::new(stored).map_err(|error| error.to_string())?;
        let params = Params::try_from(&stored).map_err(|error| error.to_string())?;
        if stored.algorithm != Ident::new_unwrap("argon2id") || excessive(&params) {
            return Ok(false);
        }
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return Ok(false) };
        let mut buffer = [0; 64];
        let salt = salt.decode_b64(&mut buffer).map_err(|error| error.to_string())?;
        // `Output` compares in constant time.
        Ok(self.derive(password, salt, &params)? == expected)
    }

    fn derive(&mut self, password: &str, salt: &[u8], params: &Params) -> Result<Output, Failure> {
        let needed = params.block_count();
        if self.blocks.len() < needed {
            self.blocks.resize(needed, Block::default());
        }
        let mut output = [0; OUTPUT_BYTES];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut self.blocks[..needed])
            .map_err(|error| error.to_string())?;
        Output::new(&output).map_err(|error| error.to_string().into())
    }
}

fn excessive(params: &Params) -> bool {
    params.m_cost() > MEMORY_MOST || params.t_cost() > PASSES_MOST || params.p_cost() > LANES_MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_and_no_other_does() {
        let mut argon = Argon::new().unwrap();
        let hash = argon.hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(argon.verify("correct horse battery", Some(&hash)));
        assert!(!argon.verify("correct horse batterz", Some(&hash)));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut argon = Argon::new().unwrap();
        assert_ne!(argon.hash("correct horse battery").unwrap(), argon.hash("correct horse battery").unwrap());
    }

    #[test]
    fn an_unknown_account_costs_the_same_memory_and_never_fits() {
        let mut argon = Argon::new().unwrap();
        assert!(!argon.verify("nobody's password", None));
        assert_eq!(argon.blocks.len(), argon.params.block_count());
    }

    #[test]
    fn a_planted_hash_that_asks_for_gigabytes_is_refused_without_taking_them() {
        let mut argon = Argon::new().unwrap();
        let planted = "$argon2id$v=19$m=8388608,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(!argon.verify("anything at all", Some(planted)));
        assert!(argon.blocks.is_empty());
    }

    #[test]
    fn a_stored_hash_that_is_no_hash_fits_nothing() {
        let mut argon = Argon::new().unwrap();
        assert!(["", "plain", "$argon2id$", "$2b$12$abc"].iter().all(|stored| !argon.verify("plain", Some(stored))));
    }
}
