//! Graceful shutdown: serves connections until a stop is requested, then ends all connections within a grace period.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accept_loop::Acceptor,
    connection,
    connection_table::{ConnectionTable, OpenConnection},
    limits::ConnectionLimits,
    linger::Lingering,
};

/// Maximum time to wait until no request runs. During this time, clients cannot notice the stop yet.
const IDLE_WAIT: Duration = Duration::from_millis(100);
/// Maximum time in which new connections are accepted while running requests finish.
const DRAIN_ACCEPT_WINDOW: Duration = Duration::from_secs(2);

/// Result of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeOutcome {
    /// Number of connections that were aborted because they did not finish within the grace period.
    pub aborted: usize,
    /// Time from the stop to the end of the last connection.
    pub drained_in: Duration,
    /// Whether the `force` future ended the grace period early.
    pub forced: bool,
}

/// Serves connections until `stop` resolves. Then lets running requests finish.
///
/// Aborts the remaining requests after the grace period, or when `force` resolves. `force` is not polled
/// before `stop` resolves.
///
/// During the shutdown, the server accepts new connections for at most two seconds. Health probes thus
/// receive a response that reports the shutdown. `on_stop` is called when clients can notice the stop.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
    on_stop: impl FnOnce(),
    force: impl Future<Output = ()>,
) -> ServeOutcome {
    let (stopping, stopped) = watch::channel(false);
    let (requests, connections) = (TaskTracker::new(), Connections::default());
    let lingering = Arc::new(Lingering::new(limits.linger));
    let (grace, limits) = (limits.grace, Arc::new(limits));
    let spawn_connection = |stream, open: OpenConnection| {
        let activity = open.activity.clone();
        let (limits, lingering) = (Arc::clone(&limits), Arc::clone(&lingering));
        connections.spawn(connection::serve(stream, app.clone(), limits, lingering, activity, stopped.clone()), open);
    };
    let table = ConnectionTable::new(Arc::clone(&limits), requests.clone());
    let mut acceptor = Acceptor::new(listener, limits.connections, table);
    acceptor.accept_until(stop, spawn_connection).await;
    let begun = Instant::now();
    requests.close();
    let idle = acceptor.accept_until(timeout(IDLE_WAIT.min(grace), requests.wait()), spawn_connection).await.is_ok();
    if idle {
        // Closes the listener before `on_stop`, because no request is running. To a proxy, this process is therefore
        // either ready or closed.
        acceptor.close(spawn_connection);
    }
    on_stop();
    stopping.send_replace(true);
    let mut force = pin!(force);
    let drain_window = async {
        tokio::select! {
            () = connections.finished() => false,
            () = sleep(DRAIN_ACCEPT_WINDOW.min(grace)) => false,
            () = &mut force => true,
        }
    };
    let forced = acceptor.accept_until(drain_window, spawn_connection).await;
    acceptor.close(spawn_connection);
    let left = grace.saturating_sub(begun.elapsed());
    let outcome = connections.drain(left, force, forced).await;
    ServeOutcome { drained_in: begun.elapsed(), ..outcome }
}

/// Open connections. Each connection has its own task.
#[derive(Debug, Default)]
struct Connections {
    tasks: TaskTracker,
    abort: CancellationToken,
}

impl Connections {
    fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static, open: OpenConnection) {
        let abort = self.abort.clone();
        self.tasks.spawn(async move {
            abort.run_until_cancelled_owned(connection).await;
            drop(open);
        });
    }

    async fn finished(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn drain(self, grace: Duration, force: impl Future<Output = ()>, forced: bool) -> ServeOutcome {
        let begun = Instant::now();
        // Does not poll `force` again if `force` has already resolved, because the poll may then panic.
        let forced = forced
            || tokio::select! {
                _ = timeout(grace, self.finished()) => false,
                () = force => true,
            };
        self.tasks.close();
        let aborted = self.tasks.len();
        if aborted > 0 {
            tracing::warn!(
                event = "connections_cut",
                connections = aborted,
                "aborted connections that did not finish in time"
            );
        }
        // Ends all requests before the caller closes their dependencies, for example the database.
        self.abort.cancel();
        self.tasks.wait().await;
        ServeOutcome { aborted, drained_in: begun.elapsed(), forced }
    }
}
