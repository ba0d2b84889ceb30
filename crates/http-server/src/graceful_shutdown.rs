//! Serves connections until a stop is requested, and ends all of them within a grace period.

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
};

/// Time to wait for a moment without a request before the stop becomes visible to clients.
const IDLE_WAIT: Duration = Duration::from_millis(100);
/// Time during which new connections are accepted while running requests finish.
const DRAIN_ACCEPT_WINDOW: Duration = Duration::from_secs(2);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeOutcome {
    /// Connections that were aborted because they had not finished within the grace period.
    pub aborted: usize,
    /// Time from the stop until the last connection ended.
    pub drained_in: Duration,
    /// Whether `force` ended the grace period early.
    pub forced: bool,
}

/// Serves until `stop` resolves. Then lets requests finish, and aborts those that are left after the grace period or
/// when `force` resolves. `force` is polled from `stop` on.
///
/// While requests finish, new connections are accepted for up to two seconds, so that health probes get a response
/// that reports the shutdown. `on_stop` is called when clients may notice the stop.
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
    let (grace, limits) = (limits.grace, Arc::new(limits));
    let spawn_connection = |stream, open: OpenConnection| {
        let activity = open.activity.clone();
        connections.spawn(connection::serve(stream, app.clone(), Arc::clone(&limits), activity, stopped.clone()), open);
    };
    let table = ConnectionTable::new(Arc::clone(&limits), requests.clone());
    let mut acceptor = Acceptor::new(listener, limits.connections, table);
    acceptor.accept_until(stop, spawn_connection).await;
    let begun = Instant::now();
    requests.close();
    let idle = acceptor.accept_until(timeout(IDLE_WAIT.min(grace), requests.wait()), spawn_connection).await.is_ok();
    if idle {
        // No request is running, so that a proxy finds this process either ready or closed, and never half stopped.
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

/// The open connections, each served by a task of its own.
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
        // `force` is not polled if it has resolved already.
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
        // Requests must end before the caller closes their dependencies, such as the database.
        self.abort.cancel();
        self.tasks.wait().await;
        ServeOutcome { aborted, drained_in: begun.elapsed(), forced }
    }
}
