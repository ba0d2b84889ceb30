//! Accepts connections up to a number, and ends them all within a grace.

use std::{
    future::Future,
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
use tokio_util::task::TaskTracker;

use super::connection::{self, Limits};

/// How long accepting rests after it failed: with no file handles left it would fail again at once.
const REST: Duration = Duration::from_millis(50);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Connections that were still answering when the grace was over.
    pub cut_off: usize,
    /// How long the others took to finish.
    pub drained_in: Duration,
}

/// Serves until `stop` resolves; then accepts no more, lets requests finish and drops what is left
/// after the grace, or at once when a second signal comes.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
    on_stop: impl FnOnce(),
) -> Outcome {
    let (stopping, stopped) = watch::channel(false);
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    tokio::select! {
        () = accept_all(&listener, &places, |stream, place| {
            spawn(&connections, connection::serve(stream, app.clone(), limits, stopped.clone()), place);
        }) => {}
        () = stop => {}
    }
    on_stop();
    drop(listener);
    stopping.send_replace(true);
    connections.close();
    drain(&connections, limits.grace).await
}

async fn drain(connections: &TaskTracker, grace: Duration) -> Outcome {
    let begun = Instant::now();
    let mut again = pin!(loco_rs::boot::shutdown_signal());
    let drained = tokio::select! {
        drained = timeout(grace, connections.wait()) => drained.is_ok(),
        () = &mut again => false,
    };
    let cut_off = connections.len();
    if !drained && cut_off > 0 {
        tracing::warn!(connections = cut_off, "dropping what has not finished in time");
    }
    Outcome { cut_off, drained_in: begun.elapsed() }
}

/// Never returns: a failed accept is the next one's problem.
async fn accept_all(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    mut take: impl FnMut(TcpStream, OwnedSemaphorePermit),
) {
    // A place first: those for whom there is none wait in the kernel's queue, where they cost nothing.
    while let Ok(place) = Arc::clone(places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => take(stream, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(REST).await;
            }
        }
    }
}

/// A connection is no job: it lives and dies with this process.
fn spawn(
    connections: &TaskTracker,
    connection: impl Future<Output = ()> + Send + 'static,
    place: OwnedSemaphorePermit,
) {
    connections.spawn(async move {
        connection.await;
        drop(place);
    });
}
