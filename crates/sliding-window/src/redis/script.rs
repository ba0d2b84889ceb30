//! Puts a request's question to the server in one script call, and reads the answer.

use std::time::Duration;

use redis::{Cmd, Script, Value};

use super::{
    super::{Ask, Decision, Grant, Receipt, Standing},
    NAME,
    keys::Keys,
};

/// Nothing of a request stands in the script, so the server keeps one script and no more.
pub const DECIDE: &str = concat!(include_str!("server_time.lua"), include_str!("sliding_window.lua"));

/// One request's question.
pub struct Question<'a> {
    asks: &'a [Ask<'a>],
    digests: Vec<u128>,
    /// The number of the first admission; the others follow it.
    number: i64,
}

impl<'a> Question<'a> {
    pub fn new(asks: &'a [Ask<'a>], keys: &Keys, number: i64) -> Self {
        Self { asks, digests: asks.iter().map(|ask| keys.digest(ask)).collect(), number }
    }

    /// Names the script by its hash, which costs the least.
    pub fn by_hash(&self, script: &Script) -> Cmd {
        self.command("EVALSHA", script.get_hash())
    }

    /// Brings the script along: for a server that does not know it.
    pub fn in_full(&self, code: &str) -> Cmd {
        self.command("EVAL", code)
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(verb);
        command.arg(script).arg(self.asks.len());
        for (ask, digest) in self.asks.iter().zip(&self.digests) {
            command.arg(Keys::name(ask.policy, *digest));
        }
        for (number, ask) in (self.number..).zip(self.asks) {
            command.arg(number).arg(ask.policy.requests().get()).arg(micros(ask.policy.window()));
        }
        command
    }

    /// None when it is not the answer to this question.
    pub fn answer(&self, value: Value) -> Option<Decision> {
        let numbers: Vec<i64> = redis::from_redis_value(value).ok()?;
        match numbers.as_slice() {
            [number, 0, which, wait] if *number == self.number => self.refused(*which, *wait),
            [number, 1, rest @ ..] if *number == self.number => self.admitted(rest),
            _ => None,
        }
    }

    fn refused(&self, which: i64, wait: i64) -> Option<Decision> {
        let ask = self.asks.get(usize::try_from(which).ok()?.checked_sub(1)?)?;
        Some(Decision::Refused(Standing::new(*ask.policy, 0, duration(wait)?)))
    }

    fn admitted(&self, rest: &[i64]) -> Option<Decision> {
        if rest.len() != 2 * self.asks.len() {
            return None;
        }
        let asked = self.asks.iter().zip(&self.digests).zip(self.number..);
        let grants = asked.zip(rest.chunks_exact(2)).map(|(((ask, digest), number), stands)| {
            let standing = Standing::new(*ask.policy, u32::try_from(stands[0]).ok()?, duration(stands[1])?);
            let stamp = u64::try_from(number).ok()?;
            let receipt = Receipt { store: NAME, policy: *ask.policy, digest: Some(*digest), stamp };
            Some(Grant { standing, receipt })
        });
        grants.collect::<Option<_>>().map(Decision::Admitted)
    }
}

/// Rounded up: a window may be a microsecond too long, never too short.
fn micros(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000 + u64::from(duration.subsec_nanos().div_ceil(1000))
}

fn duration(micros: i64) -> Option<Duration> {
    u64::try_from(micros).ok().map(Duration::from_micros)
}
