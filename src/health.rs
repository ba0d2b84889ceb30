//! Health of the service: probes its dependencies, caches the results, and tracks the shutdown.

use std::{
    collections::BTreeMap,
    fmt::Display,
    future::Future,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use loco_rs::app::AppContext;
use parking_lot::RwLock;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock,
    models::{Database, commit_probes, migration_status::MigrationGuard},
    rate_limits::RateLimits,
    settings::Storage,
    views::health::{Check, Status},
};

/// Maximum response time of a dependency.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);
/// Time for which the result of the database is cached, so that many health checks do not use up the connection pool.
const DATABASE_CACHED: Duration = Duration::from_millis(100);
/// Time for which the results of the other dependencies are cached.
const OTHERS_CACHED: Duration = Duration::from_secs(1);

/// Results by the name of the dependency.
type Results = BTreeMap<&'static str, Check>;

/// Health of this process: the cached results, and whether the process is shutting down. Clones share this state.
#[derive(Clone, Default)]
pub struct Health(Arc<Shared>);

#[derive(Default)]
struct Shared {
    database: Cache,
    others: Cache,
    stopping: AtomicBool,
}

/// Newest results of one group of dependencies.
#[derive(Default)]
struct Cache {
    /// Never locked across an `await`, so that health checks do not wait for each other.
    results: RwLock<Option<(Instant, Results)>>,
    /// Locked during a probe, so that only one of several concurrent health checks probes the dependencies.
    probing: Mutex<()>,
}

impl Health {
    /// Records that the process is shutting down. From now on, the health is `unavailable`.
    pub fn begin_shutdown(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// Returns whether the process is shutting down.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }

    /// Returns the result of each dependency by name.
    pub async fn check(&self, probes: &Probes<'_>) -> BTreeMap<&'static str, Check> {
        let Shared { database, others, .. } = &*self.0;
        let (mut results, others) = tokio::join!(
            database.results(DATABASE_CACHED, || probes.database()),
            others.results(OTHERS_CACHED, || probes.others())
        );
        results.extend(others);
        results
    }
}

impl Cache {
    /// Returns the cached results, or probes the dependencies if the results are older than `max_age`. Boxes the future
    /// of the probe, because the future is large and rarely used.
    async fn results<F>(&self, max_age: Duration, probe: impl FnOnce() -> F) -> Results
    where
        F: Future<Output = Results>,
    {
        if let Some(results) = self.younger_than(max_age) {
            return results;
        }
        let _probing = self.probing.lock().await;
        if let Some(results) = self.younger_than(max_age) {
            return results;
        }
        let results = Box::pin(probe()).await;
        *self.results.write() = Some((Instant::now(), results.clone()));
        results
    }

    fn younger_than(&self, max_age: Duration) -> Option<Results> {
        let newest = self.results.read();
        newest.as_ref().filter(|(at, _)| at.elapsed() < max_age).map(|(_, results)| results.clone())
    }
}

/// The dependencies to probe.
pub struct Probes<'a> {
    pub ctx: &'a AppContext,
    pub db: &'a Database,
    pub rate_limits: &'a RateLimits,
    pub migrations: &'a MigrationGuard,
}

impl Probes<'_> {
    async fn database(&self) -> Results {
        let mut check = check("database", Status::Unavailable, self.db.ping()).await;
        if check.status == Status::Ok && self.migrations.is_open() && !commits_work(self.db).await {
            check.status = Status::Degraded;
        }
        BTreeMap::from([("database", check)])
    }

    async fn others(&self) -> Results {
        let storage = check("storage", Status::Degraded, async {
            match self.ctx.storage.exists(Path::new(Storage::MARKER_FILE)).await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the marker file is missing".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        });
        let queue = check("queue", Status::Degraded, async {
            match &self.ctx.queue_provider {
                Some(queue) => queue.ping().await,
                None => Ok(()),
            }
        });
        let (storage, queue, rate_limits) = tokio::join!(storage, queue, self.rate_limits());
        BTreeMap::from([("storage", storage), ("queue", queue), ("rate_limits", rate_limits)])
    }

    /// Returns `degraded` while the fallback of the rate-limit store is active. Logs nothing, because the store logs
    /// when the fallback starts and ends.
    async fn rate_limits(&self) -> Check {
        let started = Instant::now();
        let status = if self.rate_limits.check(started).await.is_ok() { Status::Ok } else { Status::Degraded };
        Check { status, latency_ms: milliseconds(started) }
    }
}

/// Returns whether commits succeed. The ping of the database is not enough, because reads may work while commits fail.
/// A slow commit counts as failed.
async fn commits_work(database: &Database) -> bool {
    let probe = timeout(PROBE_TIMEOUT, commit_probes::commits_work(database, clock::now()));
    probe.await.unwrap_or_else(|error| {
        tracing::warn!(event = "commit_failed", %error, duration = ?PROBE_TIMEOUT, "commit did not end in time");
        false
    })
}

async fn check<T, E: Display>(name: &str, on_failure: Status, probe: impl Future<Output = Result<T, E>>) -> Check {
    let started = Instant::now();
    let status = match timeout(PROBE_TIMEOUT, probe).await {
        Ok(Ok(_)) => Status::Ok,
        // Logs the error, but does not return the error to the client, because the error may contain an address or an
        // SQL statement.
        Ok(Err(error)) => {
            tracing::warn!(event = "dependency_down", part = name, %error, "a dependency failed");
            on_failure
        }
        Err(_) => {
            tracing::warn!(event = "dependency_down", part = name, "a dependency did not respond in time");
            on_failure
        }
    };
    Check { status, latency_ms: milliseconds(started) }
}

fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0
}
