//! Store with a clock that the test sets, so that no test waits for a window.

use std::{
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::super::{
    super::{Decision, LimitRequest, Policy},
    RedisStore,
    script::ScriptCall,
};

/// Script of the store with the time as an argument. The argument replaces the server's clock.
const SCRIPT_AT: &str = concat!("local now = tonumber(table.remove(ARGV))\n", include_str!("../sliding_window.lua"));

/// Store with keys that no other test uses.
pub struct TimedStore {
    pub store: RedisStore,
    code: &'static str,
    /// Start time of the test in microseconds. The time is ahead of the server's clock, so that no key expires.
    start: u64,
}

impl TimedStore {
    /// Opens a store, or returns `None` if `TEST_REDIS_URL` is not set.
    pub async fn open() -> Option<Self> {
        Self::with_script(SCRIPT_AT).await
    }

    /// Opens a store with another script, for example the script of a broken limiter.
    #[expect(clippy::disallowed_methods, reason = "a test needs the URL of the server and a time ahead of its clock")]
    pub async fn with_script(code: &'static str) -> Option<Self> {
        let url = std::env::var("TEST_REDIS_URL").ok()?;
        let secret: [u8; 16] = rand::random();
        let store = RedisStore::open(&url, &secret, Duration::from_secs(10)).unwrap();
        assert!(store.wait_until_connected(Duration::from_secs(10)).await, "no Redis at TEST_REDIS_URL");
        let start =
            u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap() + 60_000_000;
        Some(Self { store, code, start })
    }

    pub async fn decide(&self, pairs: &[(&Policy, &str)], now: u64) -> Decision {
        let requests: Vec<_> = pairs.iter().map(|&(policy, key)| LimitRequest { policy, key }).collect();
        let call = ScriptCall::new(&requests, &self.store.keys, self.store.reserve_ids(&requests));
        let mut command = call.eval(self.code);
        command.arg(self.start + now);
        self.store.connection.send(&command, |value| call.parse_reply(value)).await.unwrap()
    }
}

pub fn named(name: &'static str, requests: u32, window_seconds: u64) -> Policy {
    Policy::new(name, NonZeroU32::new(requests).unwrap(), Duration::from_secs(window_seconds)).unwrap()
}
