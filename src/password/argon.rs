//! Argon2id into memory that is taken once.

use std::hint::black_box;

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{Output, ParamsString, PasswordHash, SaltString},
};
use rand::{TryRngCore, rngs::OsRng};

use crate::settings;

const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// What a stored hash may ask for at most: a planted row must not take the machine. The settings
/// may ask for no more.
const MEMORY_MOST: u32 = 65_536;
const PASSES_MOST: u32 = 10;
const LANES_MOST: u32 = 4;

/// What a hash costs.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub memory_kibibytes: u32,
    pub passes: u32,
}

impl From<&settings::Passwords> for Cost {
    fn from(settings: &settings::Passwords) -> Self {
        Self { memory_kibibytes: settings.hashing_memory_kibibytes, passes: settings.hashing_passes }
    }
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Fits,
    /// It fits a hash that was made at another cost than today's.
    FitsOutdated,
}

/// One thread's memory and its parameters.
pub struct Argon {
    params: Params,
    blocks: Vec<Block>,
}

/// A stored hash that asks for no more than it may.
struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Output,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Argon {
    pub fn new(cost: Cost) -> Result<Self, Failure> {
        let params = Params::new(cost.memory_kibibytes, cost.passes, LANES, Some(OUTPUT_BYTES));
        Ok(Self { params: params.map_err(|error| error.to_string())?, blocks: Vec::new() })
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

    /// Whether a password fits. Without a stored hash, and with one that cannot be read or asks for too
    /// much, the work of today's parameters is done for nothing: the clock tells nobody which it was.
    pub fn verify(&mut self, password: &str, stored: Option<&str>) -> Verdict {
        let Some(stored) = stored.and_then(|stored| Stored::read(stored).ok()) else {
            let params = self.params.clone();
            let _ = black_box(self.derive(password, &[0; SALT_BYTES], &params));
            return Verdict::Wrong;
        };
        // `Output` compares in constant time.
        let fits = self.derive(password, &stored.salt, &stored.params).is_ok_and(|output| output == stored.output);
        if fits {
            return self.fitting(&stored.params);
        }
        self.make_up(password, &stored.params);
        Verdict::Wrong
    }

    /// Does for nothing what a cheaper hash than today's has spared: a wrong password takes as long for
    /// it as for an account that nobody has.
    fn make_up(&mut self, password: &str, spent: &Params) {
        let Some(rest) = rest(&self.params, spent) else { return };
        let _ = black_box(self.derive(password, &[0; SALT_BYTES], &rest));
    }

    fn fitting(&self, params: &Params) -> Verdict {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        if cost(params) == cost(&self.params) { Verdict::Fits } else { Verdict::FitsOutdated }
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

/// What is left of today's work, if anything: blocks that are filled, over all passes.
fn rest(today: &Params, spent: &Params) -> Option<Params> {
    let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    let left = work(today).checked_sub(work(spent))? / u64::from(today.t_cost());
    let left = u32::try_from(left).ok().filter(|left| *left >= Params::MIN_M_COST)?;
    Params::new(left, today.t_cost(), LANES, Some(OUTPUT_BYTES)).ok()
}

impl Stored {
    /// Reads a PHC string; nothing is derived for one that asks for too much.
    fn read(text: &str) -> Result<Self, Failure> {
        let stored = PasswordHash::new(text).map_err(|error| error.to_string())?;
        let params = Params::try_from(&stored).map_err(|error| error.to_string())?;
        let (Some(salt), Some(output)) = (stored.salt, stored.hash) else { return Err("no salt or no hash".into()) };
        if stored.algorithm != ARGON2ID_IDENT || excessive(&params) {
            return Err("another algorithm, or too much of it".into());
        }
        let mut buffer = [0; 64];
        let salt = salt.decode_b64(&mut buffer).map_err(|error| error.to_string())?.to_vec();
        Ok(Self { params, salt, output })
    }
}

fn excessive(params: &Params) -> bool {
    params.m_cost() > MEMORY_MOST || params.t_cost() > PASSES_MOST || params.p_cost() > LANES_MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Cost = Cost { memory_kibibytes: 19_456, passes: 2 };

    fn argon() -> Argon {
        Argon::new(TODAY).unwrap()
    }

    #[test]
    fn a_password_fits_its_own_hash_and_no_other_does() {
        let mut argon = argon();
        let hash = argon.hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(argon.verify("correct horse battery", Some(&hash)), Verdict::Fits);
        assert_eq!(argon.verify("correct horse batterz", Some(&hash)), Verdict::Wrong);
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut argon = argon();
        assert_ne!(argon.hash("correct horse battery").unwrap(), argon.hash("correct horse battery").unwrap());
    }

    #[test]
    fn a_hash_of_another_cost_fits_and_is_outdated() {
        let cheap = Argon::new(Cost { memory_kibibytes: 8, passes: 1 }).unwrap().hash("correct horse battery").unwrap();
        assert_eq!(argon().verify("correct horse battery", Some(&cheap)), Verdict::FitsOutdated);
        assert_eq!(argon().verify("correct horse batterz", Some(&cheap)), Verdict::Wrong);
    }

    /// What was derived last, for telling whether anything was.
    fn worked(argon: &Argon) -> bool {
        argon.blocks.len() == argon.params.block_count()
    }

    #[test]
    fn an_unknown_account_costs_the_same_memory_and_never_fits() {
        let mut argon = argon();
        assert_eq!(argon.verify("nobody's password", None), Verdict::Wrong);
        assert!(worked(&argon));
    }

    #[test]
    fn a_wrong_password_for_a_cheaper_hash_is_as_much_work_as_for_any_other() {
        let params = |memory, passes| Params::new(memory, passes, LANES, Some(OUTPUT_BYTES)).unwrap();
        let work = |params: &Params| params.m_cost() * params.t_cost();
        let today = params(TODAY.memory_kibibytes, TODAY.passes);
        for spent in [params(8, 1), params(4096, 3), params(19_456, 1), params(12_288, 3)] {
            let rest = rest(&today, &spent).unwrap();
            assert!(work(&today).abs_diff(work(&spent) + work(&rest)) <= today.t_cost(), "{spent:?}");
        }
        for spent in [today.clone(), params(19_455, 2), params(65_536, 3)] {
            assert!(rest(&today, &spent).is_none(), "{spent:?}");
        }
        let cheap = Argon::new(Cost { memory_kibibytes: 8, passes: 1 }).unwrap().hash("correct horse battery").unwrap();
        let mut argon = argon();
        argon.verify("correct horse batterz", Some(&cheap));
        assert!(argon.blocks.len() > 19_000, "nothing was made up for");
    }

    #[test]
    fn a_planted_hash_that_asks_for_too_much_takes_no_more_than_any_other() {
        for cost in
            ["m=8388608,t=2,p=1", "m=19456,t=1000,p=1", "m=65537,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=2,p=5"]
        {
            let mut argon = argon();
            let planted = format!("$argon2id$v=19${cost}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            assert!(Stored::read(&planted).is_err(), "{cost}");
            assert_eq!(argon.verify("anything at all", Some(&planted)), Verdict::Wrong);
            assert!(worked(&argon), "{cost}");
        }
    }

    #[test]
    fn a_stored_hash_that_is_no_hash_fits_nothing_after_the_same_work() {
        for stored in ["", "plain", "$argon2id$", "$2b$12$abc", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA"] {
            let mut argon = argon();
            assert_eq!(argon.verify("plain", Some(stored)), Verdict::Wrong, "{stored}");
            assert!(worked(&argon), "{stored}");
        }
    }
}
