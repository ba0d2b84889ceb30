//! Accepts connections up to a number, and ends them all within a grace.

use std::{
    future::{Future, pending},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::connection::{self, Limits};

/// How long accepting rests after it failed: with no file handles left it would fail again at once.
const REST: Duration = Duration::from_millis(50);
/// How long others are still accepted while requests finish.
const LATE: Duration = Duration::from_secs(2);
/// How often accepting that goes on failing is said again.
const SAID_AGAIN: Duration = Duration::from_mins(1);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Connections that were still answering when the grace was over.
    pub cut_off: usize,
    /// How long the others took to finish.
    pub drained_in: Duration,
    /// Whether a second signal asked not to wait.
    pub hurried: bool,
}

/// Serves until `stop` resolves; then lets requests finish and drops what is left after the grace,
/// or at once when `hurry`, which is polled from then on, resolves. While requests finish, but for
/// two seconds at most, others are still accepted: a probe learns that the process is stopping.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
    on_stop: impl FnOnce(),
    hurry: impl Future<Output = ()>,
) -> Outcome {
    let (stopping, stopped) = watch::channel(false);
    let connections = Connections::default();
    let places = Arc::new(Semaphore::new(limits.connections));
    let served = |stream| connection::serve(stream, app.clone(), limits, stopped.clone());
    tokio::select! {
        () = accept_all(&listener, &places, |stream, place| connections.spawn(served(stream), place)) => {}
        () = stop => {}
    }
    on_stop();
    stopping.send_replace(true);
    let late = Connections::default();
    let begun = Instant::now();
    let mut hurry = pin!(hurry);
    let hurried = tokio::select! {
        () = accept_all(&listener, &places, |stream, place| late.spawn(served(stream), place)) => false,
        () = connections.gone() => false,
        () = sleep(LATE.min(limits.grace)) => false,
        () = &mut hurry => true,
    };
    drop(listener);
    let left = limits.grace.saturating_sub(begun.elapsed());
    let (outcome, _) =
        tokio::join!(connections.drain(left, hurry, hurried), late.drain(LATE.min(left), pending(), hurried));
    Outcome { drained_in: begun.elapsed(), ..outcome }
}

/// Never returns: a failed accept is the next one's problem.
async fn accept_all(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    mut take: impl FnMut(TcpStream, OwnedSemaphorePermit),
) {
    let mut said: Option<Instant> = None;
    // A place first: those for whom there is none wait in the kernel's queue, where they cost nothing.
    while let Ok(place) = Arc::clone(places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => take(stream, place),
            Err(error) => {
                if said.is_none_or(|said| said.elapsed() >= SAID_AGAIN) {
                    tracing::warn!(event = "accept_failed", %error, "a connection could not be accepted; said at most once a minute");
                    said = Some(Instant::now());
                }
                sleep(REST).await;
            }
        }
    }
}

/// The connections that are served, each in a task of its own.
#[derive(Debug, Default)]
struct Connections {
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl Connections {
    /// A connection is no job: it lives and dies with this process.
    fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static, place: OwnedSemaphorePermit) {
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            cut.run_until_cancelled_owned(connection).await;
            drop(place);
        });
    }

    async fn gone(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn drain(self, grace: Duration, hurry: impl Future<Output = ()>, hurried: bool) -> Outcome {
        let begun = Instant::now();
        // Not polled again once it has resolved.
        let hurried = hurried
            || tokio::select! {
                _ = timeout(grace, self.gone()) => false,
                () = hurry => true,
            };
        self.tasks.close();
        let cut_off = self.tasks.len();
        if cut_off > 0 {
            tracing::warn!(event = "connections_cut", connections = cut_off, "dropping what has not finished in time");
        }
        // What comes after serving, like closing the database, must not meet a request that still runs.
        self.cut.cancel();
        self.tasks.wait().await;
        Outcome { cut_off, drained_in: begun.elapsed(), hurried }
    }
}
