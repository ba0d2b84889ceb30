//! Counts on a Redis server: exact, and shared by every process that asks the same one.

mod connection;
mod keys;
mod script;

#[cfg(test)]
mod tests;

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use redis::Script;

use self::{
    connection::{Link, LinkError},
    keys::Keys,
    script::{DECIDE, Question},
};
use super::{Ask, Decision, Receipt, Store, StoreError};

/// The store's name in receipts and logs.
pub const NAME: &str = "redis";

/// A sliding log of admissions for each key, as in memory, with the server's clock for all processes.
///
/// One round trip decides a request, however many limits it has. A key expires with its window; one
/// of five admissions takes about 200 bytes there. The server's own clock may be set back without
/// anybody waiting longer than a window; set forward, it releases by as much too early.
pub struct RedisStore {
    link: Link,
    keys: Keys,
    script: Script,
    /// Numbers admissions. It begins at random, so that those of several processes never meet.
    numbers: AtomicI64,
}

impl RedisStore {
    /// Begins to connect in the background; in a runtime only. Processes with the same `secret` share
    /// their counts. No answer takes longer than `deadline`.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn open(url: &str, secret: &[u8], deadline: Duration) -> Result<Self, StoreError> {
        let link = Link::open(url, deadline).map_err(|error| StoreError::Unavailable(error.into()))?;
        let keys = Keys::new(secret).map_err(|error| StoreError::Unavailable(error.into()))?;
        // Half of what is there, so that counting on from it never overflows.
        let first = rand::random::<i64>() & (i64::MAX >> 1);
        Ok(Self { link, keys, script: Script::new(DECIDE), numbers: AtomicI64::new(first) })
    }

    /// Waits for the connection, at most so long; false when there is none then. For the boot.
    pub async fn is_up_within(&self, patience: Duration) -> bool {
        self.link.is_up_within(patience).await
    }

    fn number(&self, asks: &[Ask<'_>]) -> i64 {
        self.numbers.fetch_add(i64::try_from(asks.len()).unwrap_or(1), Ordering::Relaxed)
    }
}

#[async_trait]
impl Store for RedisStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn decide(&self, asks: &[Ask<'_>], _now: Instant) -> Result<Decision, StoreError> {
        if asks.is_empty() {
            return Ok(Decision::Admitted(Vec::new()));
        }
        let question = Question::new(asks, &self.keys, self.number(asks));
        match self.link.ask(&question.by_hash(&self.script), |value| question.answer(value)).await {
            Err(error) if error.is_unknown_script() => {
                Ok(self.link.ask(&question.in_full(DECIDE), |value| question.answer(value)).await?)
            }
            answer => Ok(answer?),
        }
    }

    async fn refund(&self, receipt: Receipt) -> Result<bool, StoreError> {
        let Some(digest) = receipt.digest.filter(|_| receipt.store == NAME) else { return Ok(false) };
        let mut command = redis::cmd("ZREM");
        command.arg(Keys::name(&receipt.policy, digest)).arg(receipt.stamp);
        Ok(self.link.ask(&command, |value| redis::from_redis_value(value).ok()).await?)
    }

    async fn clear(&self, ask: Ask<'_>) -> Result<bool, StoreError> {
        let mut command = redis::cmd("UNLINK");
        command.arg(Keys::name(ask.policy, self.keys.digest(&ask)));
        Ok(self.link.ask(&command, |value| redis::from_redis_value(value).ok()).await?)
    }

    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        Ok(self
            .link
            .ask(&redis::cmd("PING"), |pong| (pong == redis::Value::SimpleString("PONG".into())).then_some(()))
            .await?)
    }
}

impl From<LinkError> for StoreError {
    fn from(error: LinkError) -> Self {
        Self::Unavailable(error.into())
    }
}
