//! Script call of one decision: builds the command and parses the reply.

use std::time::{Duration, Instant};

use redis::{Cmd, Script, Value};

use super::{
    super::{ChargeReceipt, Decision, Grant, LimitRequest, LimitStatus, PastAdmission},
    keys::Keys,
};

/// Name of the store in charge receipts and logs.
pub const NAME: &str = "redis";

/// Script of a decision. Requests are arguments of the script, so that the server caches only one script.
pub const SCRIPT: &str = concat!(include_str!("server_time.lua"), include_str!("sliding_window.lua"));

/// Script that adds past admissions to the counts.
const RESTORE: &str = concat!(include_str!("server_time.lua"), include_str!("restore.lua"));

/// Returns a command that adds past admissions to the counts. The server replies with the length of `admissions`.
pub fn restore_command(admissions: &[PastAdmission], keys: &Keys, now: Instant) -> Cmd {
    let whole_micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let mut command = redis::cmd("EVAL");
    command.arg(RESTORE).arg(admissions.len());
    for PastAdmission { policy, key, .. } in admissions {
        command.arg(Keys::name(policy, keys.hash(&LimitRequest { policy, key })));
    }
    for PastAdmission { policy, id, admitted_at, .. } in admissions {
        let age = now.saturating_duration_since(*admitted_at);
        command.arg(id).arg(whole_micros(age)).arg(whole_micros(policy.window()));
    }
    command
}

/// Call of the script for one decision.
pub struct ScriptCall<'a> {
    requests: &'a [LimitRequest<'a>],
    hashes: Vec<u128>,
    /// ID of the first admission. The other admissions have the following IDs.
    first_id: i64,
}

impl<'a> ScriptCall<'a> {
    pub fn new(requests: &'a [LimitRequest<'a>], keys: &Keys, first_id: i64) -> Self {
        Self { requests, hashes: requests.iter().map(|request| keys.hash(request)).collect(), first_id }
    }

    /// Returns a command with the hash of the script instead of the script itself, because the hash is shorter.
    pub fn evalsha(&self, script: &Script) -> Cmd {
        self.command("EVALSHA", script.get_hash())
    }

    /// Returns a command that contains the whole script, for a server that has not cached the script.
    pub fn eval(&self, code: &str) -> Cmd {
        self.command("EVAL", code)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.requests.len());
        for (request, hash) in self.requests.iter().zip(&self.hashes) {
            command.arg(Keys::name(request.policy, *hash));
        }
        for (id, request) in (self.first_id..).zip(self.requests) {
            command.arg(id).arg(request.policy.requests().get()).arg(micros(request.policy.window()));
        }
        command
    }

    /// Returns the decision, or `None` if the value is not the reply to this call.
    pub fn parse_reply(&self, value: Value) -> Option<Decision> {
        let numbers: Vec<i64> = redis::from_redis_value(value).ok()?;
        match numbers.as_slice() {
            [id, 0, which, wait] if *id == self.first_id => self.rejected(*which, *wait),
            [id, 1, statuses @ ..] if *id == self.first_id => self.admitted(statuses),
            _ => None,
        }
    }

    fn rejected(&self, which: i64, wait: i64) -> Option<Decision> {
        let request = self.requests.get(usize::try_from(which).ok()?.checked_sub(1)?)?;
        Some(Decision::Rejected(LimitStatus::new(*request.policy, 0, duration(wait)?)))
    }

    fn admitted(&self, statuses: &[i64]) -> Option<Decision> {
        if statuses.len() != 2 * self.requests.len() {
            return None;
        }
        let admissions = self.requests.iter().zip(&self.hashes).zip(self.first_id..);
        let grants = admissions.zip(statuses.chunks_exact(2)).map(|(((request, hash), id), numbers)| {
            let remaining = u32::try_from(numbers[0]).ok()?;
            let status = LimitStatus::new(*request.policy, remaining, duration(numbers[1])?);
            let admission = u64::try_from(id).ok()?;
            let receipt = ChargeReceipt { store: NAME, policy: *request.policy, key_hash: Some(*hash), admission };
            Some(Grant { status, receipt })
        });
        grants.collect::<Option<_>>().map(Decision::Admitted)
    }
}

/// Converts a duration to microseconds. Rounds up, because a window may be one microsecond too long, but
/// never too short.
fn micros(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000 + u64::from(duration.subsec_nanos().div_ceil(1000))
}

fn duration(micros: i64) -> Option<Duration> {
    u64::try_from(micros).ok().map(Duration::from_micros)
}
