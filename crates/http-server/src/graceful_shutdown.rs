//! Serves connections until it is time to stop, and ends them all within a grace.

use std::{
    future::Future,
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

use super::{
    connection::{self, Limits},
    entrance::Entrance,
    table::{Seat, Table},
};

/// How long a moment without a request is waited for, before the stop shows.
const SETTLE: Duration = Duration::from_millis(100);
/// How long others are still accepted while requests finish.
const LATE: Duration = Duration::from_secs(2);

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
    let (requests, connections) = (TaskTracker::new(), Connections::default());
    let (grace, limits) = (limits.grace, Arc::new(limits));
    let welcome = |stream, seat: Seat| {
        let activity = seat.activity.clone();
        connections.spawn(connection::serve(stream, app.clone(), Arc::clone(&limits), activity, stopped.clone()), seat);
    };
    let table = Table::new(Arc::clone(&limits), requests.clone());
    let mut entrance = Entrance::new(listener, limits.connections, table);
    entrance.open_until(stop, welcome).await;
    let begun = Instant::now();
    requests.close();
    let settled = entrance.open_until(timeout(SETTLE.min(grace), requests.wait()), welcome).await.is_ok();
    if settled {
        // Nothing to wait for: whoever tries replicas in turn finds this one ready or finds it closed, and
        // need not meet it in between.
        entrance.close(welcome);
    }
    on_stop();
    stopping.send_replace(true);
    let mut hurry = pin!(hurry);
    let lingers = async {
        tokio::select! {
            () = connections.gone() => false,
            () = sleep(LATE.min(grace)) => false,
            () = &mut hurry => true,
        }
    };
    let hurried = entrance.open_until(lingers, welcome).await;
    entrance.close(welcome);
    let left = grace.saturating_sub(begun.elapsed());
    let outcome = connections.drain(left, hurry, hurried).await;
    Outcome { drained_in: begun.elapsed(), ..outcome }
}

/// The connections that are served, each in a task of its own.
#[derive(Debug, Default)]
struct Connections {
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl Connections {
    /// A connection is no job: it lives and dies with this process.
    fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static, seat: Seat) {
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            cut.run_until_cancelled_owned(connection).await;
            drop(seat);
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
