//! The one connection to the server: made and mended in the background, given up as soon as it fails.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, ServerErrorKind, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{sleep, timeout},
};

/// How long making a connection may take.
const CONNECTING: Duration = Duration::from_secs(1);
/// How long to wait before trying again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The connection that is up, if one is. Requests share it: each sends its command without waiting
/// for the answers to others.
type Live = watch::Sender<Option<Connection>>;

#[derive(Clone)]
struct Connection {
    /// Tells it from the one before.
    number: u64,
    commands: MultiplexedConnection,
}

/// Asks the server and never waits longer than the deadline: a request that comes while there is no
/// connection is told so at once.
pub struct Link {
    live: Arc<Live>,
    keeper: AbortHandle,
}

impl Link {
    /// Begins to connect; in a runtime only.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn open(url: &str, deadline: Duration) -> Result<Self, RedisError> {
        let client = Client::open(url)?;
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(Some(deadline));
        let live = Arc::new(Live::new(None));
        Ok(Self { keeper: keep(client, config, Arc::clone(&live)), live })
    }

    /// Waits for the connection to be up; false when it is not in time.
    pub async fn is_up_within(&self, patience: Duration) -> bool {
        let mut live = self.live.subscribe();
        timeout(patience, live.wait_for(Option::is_some)).await.is_ok_and(|up| up.is_ok())
    }

    /// Sends one command; `read` says whether what came is an answer to it.
    ///
    /// A connection on which anything went wrong is given up: a late answer, or half of one, dies
    /// with it and can never be taken for the answer to another command.
    pub async fn ask<T>(&self, command: &Cmd, read: impl FnOnce(Value) -> Option<T>) -> Result<T, LinkError> {
        let Connection { number, mut commands } = self.live.borrow().clone().ok_or(LinkError::Down)?;
        match commands.send_packed_command(command).await.and_then(Value::extract_error) {
            Ok(value) => read(value).ok_or_else(|| {
                self.give_up(number);
                LinkError::Nonsense
            }),
            Err(error) => {
                if !is_unknown_script(&error) {
                    self.give_up(number);
                }
                Err(LinkError::Failed(error))
            }
        }
    }

    /// Only the connection meant: its successor may be up already.
    fn give_up(&self, number: u64) {
        self.live.send_if_modified(|live| live.take_if(|live| live.number == number).is_some());
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "belongs to the link and ends with it; there is nothing to make durable")]
fn keep(client: Client, config: AsyncConnectionConfig, live: Arc<Live>) -> AbortHandle {
    tokio::spawn(async move {
        let mut lost = live.subscribe();
        let mut pause = FIRST_PAUSE;
        for number in 0.. {
            let _ = lost.wait_for(Option::is_none).await;
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(commands) => {
                    pause = FIRST_PAUSE;
                    live.send_replace(Some(Connection { number, commands }));
                }
                Err(error) => {
                    tracing::debug!(%error, "Redis cannot be connected to");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    })
    .abort_handle()
}

/// Why the server did not answer.
#[derive(Debug)]
pub enum LinkError {
    /// There is no connection at the moment.
    Down,
    /// The connection failed, was too slow, or the server refused.
    Failed(RedisError),
    /// What came is no answer to what was asked.
    Nonsense,
}

impl LinkError {
    /// Whether the server does not know the script: it was restarted, or let it go.
    pub fn is_unknown_script(&self) -> bool {
        matches!(self, Self::Failed(error) if is_unknown_script(error))
    }
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down => f.write_str("there is no connection to Redis"),
            Self::Failed(error) => write!(f, "Redis does not answer: {error}"),
            Self::Nonsense => f.write_str("Redis answered something else"),
        }
    }
}

impl Error for LinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Down | Self::Nonsense => None,
        }
    }
}
