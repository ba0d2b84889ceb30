//! Connection to the Redis server: opened in the background, and discarded after the first error.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, ServerErrorKind, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{sleep, timeout},
};

/// Maximum time to open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Delay before the first retry. The delay doubles after each further failure.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(50);
/// Maximum delay before a retry.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(1);

/// The established connection, or `None` while disconnected.
///
/// All requests share the connection. Each request sends its command without waiting for replies to other commands.
type Current = watch::Sender<Option<Established>>;

#[derive(Clone)]
struct Established {
    /// Distinguishes this connection from earlier ones.
    generation: u64,
    multiplexed: MultiplexedConnection,
}

/// Redis connection with a deadline for each command. Commands fail immediately while disconnected.
pub struct Connection {
    current: Arc<Current>,
    reconnect_task: AbortHandle,
}

impl Connection {
    /// Starts to connect in the background. Requires a Tokio runtime.
    ///
    /// # Errors
    /// Returns an error if `url` is not a Redis URL.
    pub fn open(url: &str, deadline: Duration) -> Result<Self, RedisError> {
        let client = Client::open(url)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(deadline));
        let current = Arc::new(Current::new(None));
        Ok(Self { reconnect_task: reconnect_loop(client, config, Arc::clone(&current)), current })
    }

    /// Waits until a connection is established, for at most `limit`. Returns whether a connection is established.
    pub async fn wait_until_connected(&self, limit: Duration) -> bool {
        let mut current = self.current.subscribe();
        timeout(limit, current.wait_for(Option::is_some)).await.is_ok_and(|established| established.is_ok())
    }

    /// Sends one command. `parse` returns `None` if the value is not a reply to this command.
    ///
    /// Discards the connection after every error except `NOSCRIPT`, so that a late reply is never used as the reply to
    /// another command.
    pub async fn send<T>(&self, command: &Cmd, parse: impl FnOnce(Value) -> Option<T>) -> Result<T, ConnectionError> {
        let established = self.current.borrow().clone();
        let Established { generation, mut multiplexed } = established.ok_or(ConnectionError::Disconnected)?;
        match multiplexed.send_packed_command(command).await.and_then(Value::extract_error) {
            Ok(value) => parse(value).ok_or_else(|| {
                self.discard(generation);
                ConnectionError::UnexpectedReply
            }),
            Err(error) => {
                if !is_unknown_script(&error) {
                    self.discard(generation);
                }
                Err(ConnectionError::Failed(error))
            }
        }
    }

    /// Discards only the connection with this generation, because a newer connection may already be established.
    fn discard(&self, generation: u64) {
        self.current.send_if_modified(|current| current.take_if(|found| found.generation == generation).is_some());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reconnect_task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the task ends with its connection; it has no durable work")]
fn reconnect_loop(client: Client, config: AsyncConnectionConfig, current: Arc<Current>) -> AbortHandle {
    tokio::spawn(async move {
        let mut changes = current.subscribe();
        let mut delay = MIN_RETRY_DELAY;
        for generation in 0.. {
            let _ = changes.wait_for(Option::is_none).await;
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(multiplexed) => {
                    delay = MIN_RETRY_DELAY;
                    current.send_replace(Some(Established { generation, multiplexed }));
                }
                Err(error) => {
                    tracing::debug!(%error, "Redis cannot be connected to");
                    sleep(delay).await;
                    delay = (delay * 2).min(MAX_RETRY_DELAY);
                }
            }
        }
    })
    .abort_handle()
}

/// Reason why a command has no result.
#[derive(Debug)]
pub enum ConnectionError {
    /// No connection is established.
    Disconnected,
    /// The connection failed, the deadline passed, or the server returned an error.
    Failed(RedisError),
    /// The reply does not belong to the command.
    UnexpectedReply,
}

impl ConnectionError {
    /// Returns whether the command failed because the script is missing from the server's script cache. This happens
    /// after a restart or `SCRIPT FLUSH`.
    pub fn is_unknown_script(&self) -> bool {
        matches!(self, Self::Failed(error) if is_unknown_script(error))
    }
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("no connection to Redis is established"),
            Self::Failed(error) => write!(f, "the Redis command failed: {error}"),
            Self::UnexpectedReply => f.write_str("Redis sent an unexpected reply"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Disconnected | Self::UnexpectedReply => None,
        }
    }
}
