//! Store on a Redis server: exact, and shared by all processes that use this server.

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
use redis::{Script, Value};

use self::{
    connection::{Connection, ConnectionError},
    keys::Keys,
    script::{NAME, SCRIPT, ScriptCall, restore_command},
};
use super::{ChargeReceipt, Decision, LimitRequest, PastAdmission, Store, StoreError};

/// Store on a Redis server: a sliding log of admissions per key. The clock of the server determines all times.
///
/// Each decision takes one round trip, for any number of limits. A key expires when its newest admission leaves
/// the window. A key with five admissions takes about 200 bytes.
///
/// If the server's clock is set back, no client waits longer than one window. If the clock is set forward,
/// admissions leave the window too early by the difference.
pub struct RedisStore {
    connection: Connection,
    keys: Keys,
    script: Script,
    /// Next admission ID. The first ID is random, so that several processes use different IDs.
    next_id: AtomicI64,
}

impl RedisStore {
    /// Creates a store that connects in the background. Requires a Tokio runtime.
    ///
    /// Processes with equal values of `secret` share their counts. Each Redis command ends within `deadline`.
    ///
    /// # Errors
    /// Returns an error if `url` is not a Redis URL.
    pub fn open(url: &str, secret: &[u8], deadline: Duration) -> Result<Self, StoreError> {
        let connection = Connection::open(url, deadline).map_err(|error| StoreError::Unavailable(error.into()))?;
        let keys = Keys::new(secret).map_err(|error| StoreError::Unavailable(error.into()))?;
        // Uses the lower half of the range for the first ID, so that the counter never overflows.
        let first = rand::random::<i64>() & (i64::MAX >> 1);
        Ok(Self { connection, keys, script: Script::new(SCRIPT), next_id: AtomicI64::new(first) })
    }

    /// Waits until the store is connected, for at most `timeout`. Returns whether the store is connected.
    pub async fn wait_until_connected(&self, timeout: Duration) -> bool {
        self.connection.wait_until_connected(timeout).await
    }

    /// Reserves one admission ID per request. Returns the first ID.
    fn reserve_ids(&self, requests: &[LimitRequest<'_>]) -> i64 {
        self.next_id.fetch_add(i64::try_from(requests.len()).unwrap_or(1), Ordering::Relaxed)
    }
}

#[async_trait]
impl Store for RedisStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn decide(&self, requests: &[LimitRequest<'_>], _now: Instant) -> Result<Decision, StoreError> {
        if requests.is_empty() {
            return Ok(Decision::Admitted(Vec::new()));
        }
        let call = ScriptCall::new(requests, &self.keys, self.reserve_ids(requests));
        match self.connection.send(&call.evalsha(&self.script), |value| call.parse_reply(value)).await {
            Err(error) if error.is_unknown_script() => {
                Ok(self.connection.send(&call.eval(SCRIPT), |value| call.parse_reply(value)).await?)
            }
            result => Ok(result?),
        }
    }

    async fn refund(&self, receipt: ChargeReceipt) -> Result<bool, StoreError> {
        let Some(hash) = receipt.key_hash.filter(|_| receipt.store == NAME) else { return Ok(false) };
        let mut command = redis::cmd("ZREM");
        command.arg(Keys::name(&receipt.policy, hash)).arg(receipt.admission);
        Ok(self.connection.send(&command, |value| redis::from_redis_value(value).ok()).await?)
    }

    async fn clear(&self, request: LimitRequest<'_>) -> Result<bool, StoreError> {
        let mut command = redis::cmd("UNLINK");
        command.arg(Keys::name(request.policy, self.keys.hash(&request)));
        Ok(self.connection.send(&command, |value| redis::from_redis_value(value).ok()).await?)
    }

    async fn restore(&self, admissions: &[PastAdmission], now: Instant) -> Result<(), StoreError> {
        let command = restore_command(admissions, &self.keys, now);
        let expected = Value::Int(i64::try_from(admissions.len()).unwrap_or(i64::MAX));
        Ok(self.connection.send(&command, |value| (value == expected).then_some(())).await?)
    }

    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        let pong = |value: Value| (value == Value::SimpleString("PONG".into())).then_some(());
        Ok(self.connection.send(&redis::cmd("PING"), pong).await?)
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.into())
    }
}
