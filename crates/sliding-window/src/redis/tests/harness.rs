//! The store with a time of the test's own, so that no test waits for a window.

use std::{
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::super::{
    super::{Ask, Decision, Policy},
    RedisStore,
    script::Question,
};

/// As the store's own script, but for the time, which comes with the question.
const DECIDE_AT: &str = concat!("local now = tonumber(table.remove(ARGV))\n", include_str!("../sliding_window.lua"));

/// A store whose keys nobody else has, and the time at which its tests begin.
pub struct Timed {
    pub store: RedisStore,
    code: &'static str,
    /// Ahead of the server's own clock, by which keys expire: none goes before its test is over.
    begin: u64,
}

impl Timed {
    /// None where no server is named.
    pub async fn open() -> Option<Self> {
        Self::with_script(DECIDE_AT).await
    }

    /// For a broken twin.
    #[expect(clippy::disallowed_methods, reason = "a test needs the URL of the server and a time ahead of its clock")]
    pub async fn with_script(code: &'static str) -> Option<Self> {
        let url = std::env::var("TEST_REDIS_URL").ok()?;
        let secret: [u8; 16] = rand::random();
        let store = RedisStore::open(&url, &secret, Duration::from_secs(10)).unwrap();
        assert!(store.is_up_within(Duration::from_secs(10)).await, "no Redis at TEST_REDIS_URL");
        let begin =
            u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap() + 60_000_000;
        Some(Self { store, code, begin })
    }

    pub async fn decide(&self, pairs: &[(&Policy, &str)], now: u64) -> Decision {
        let asks: Vec<_> = pairs.iter().map(|&(policy, key)| Ask { policy, key }).collect();
        let question = Question::new(&asks, &self.store.keys, self.store.number(&asks));
        let mut command = question.in_full(self.code);
        command.arg(self.begin + now);
        self.store.link.ask(&command, |value| question.answer(value)).await.unwrap()
    }
}

pub fn named(name: &'static str, requests: u32, window_seconds: u64) -> Policy {
    Policy::new(name, NonZeroU32::new(requests).unwrap(), Duration::from_secs(window_seconds)).unwrap()
}
