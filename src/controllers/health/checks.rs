//! Asks each part of the service for a sign of life, with a deadline of its own.

use std::{
    collections::BTreeMap,
    fmt::Display,
    future::Future,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use loco_rs::app::AppContext;
use parking_lot::RwLock;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock,
    models::{Database, commit_probes, migration_status::SchemaGate},
    rate_limits::RateLimits,
    settings::Storage,
    views::health::{Check, Status},
};

/// How long a part may take to answer.
const DEADLINE: Duration = Duration::from_millis(500);
/// How long the database's answer counts: a flood of probes must not take the pool from requests.
const DATABASE_FRESH: Duration = Duration::from_millis(100);
/// How long the other parts' answers count.
const OTHERS_FRESH: Duration = Duration::from_secs(1);

/// Each part's answer, by name.
type Answers = BTreeMap<&'static str, Check>;

/// The last answers, shared by all probes.
#[derive(Clone, Default)]
pub struct Checks(Arc<(Last, Last)>);

/// The last answers of some parts.
#[derive(Default)]
struct Last {
    /// Read by every probe and never held across an await, so that probes do not queue for it.
    answers: RwLock<Option<(Instant, Answers)>>,
    /// Held while the parts are asked, so that of many probes at once one asks and all learn.
    asking: Mutex<()>,
}

/// Every part by name.
pub async fn all(ctx: &AppContext) -> Answers {
    let (database, others) = &*ctx.shared_store.get::<Checks>().unwrap_or_default().0;
    let (mut answers, others) =
        tokio::join!(database.answers(DATABASE_FRESH, || ask_database(ctx)), others.answers(OTHERS_FRESH, || ask(ctx)));
    answers.extend(others);
    answers
}

impl Last {
    /// The asking itself is rare, and large: it gets a place of its own.
    async fn answers<F>(&self, fresh: Duration, ask: impl FnOnce() -> F) -> Answers
    where
        F: Future<Output = Answers>,
    {
        if let Some(answers) = self.younger(fresh) {
            return answers;
        }
        let _asking = self.asking.lock().await;
        if let Some(answers) = self.younger(fresh) {
            return answers;
        }
        let answers = Box::pin(ask()).await;
        *self.answers.write() = Some((Instant::now(), answers.clone()));
        answers
    }

    fn younger(&self, than: Duration) -> Option<Answers> {
        let last = self.answers.read();
        last.as_ref().filter(|(at, _)| at.elapsed() < than).map(|(_, answers)| answers.clone())
    }
}

async fn ask_database(ctx: &AppContext) -> Answers {
    let database = Database::of(ctx);
    let mut answer = check("database", Status::Unavailable, database.ping()).await;
    let migrated = ctx.shared_store.get::<SchemaGate>().unwrap_or_default().is_open();
    if answer.status == Status::Ok && migrated && !commits_work(&database).await {
        answer.status = Status::Degraded;
    }
    BTreeMap::from([("database", answer)])
}

/// Reads work without them. A commit that takes too long does not work either.
async fn commits_work(database: &Database) -> bool {
    timeout(DEADLINE, commit_probes::commits_work(database, clock::now())).await.unwrap_or(false)
}

async fn ask(ctx: &AppContext) -> Answers {
    let storage = check("storage", Status::Degraded, async {
        match ctx.storage.exists(Path::new(Storage::MARK)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the store is not the one that was opened".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    let queue = check("queue", Status::Degraded, async {
        match &ctx.queue_provider {
            Some(queue) => queue.ping().await,
            None => Ok(()),
        }
    });
    let (storage, queue, limits) = tokio::join!(storage, queue, limits(ctx));
    BTreeMap::from([("storage", storage), ("queue", queue), ("rate_limits", limits)])
}

/// Degraded while each process counts by itself. Not logged here: the store says so when it changes.
async fn limits(ctx: &AppContext) -> Check {
    let begun = Instant::now();
    let sound = match ctx.shared_store.get::<Arc<RateLimits>>() {
        Some(limits) => limits.check(begun).await.is_ok(),
        None => false,
    };
    Check { status: if sound { Status::Ok } else { Status::Degraded }, latency_ms: milliseconds(begun) }
}

async fn check<T, E: Display>(name: &str, otherwise: Status, answer: impl Future<Output = Result<T, E>>) -> Check {
    let begun = Instant::now();
    let status = match timeout(DEADLINE, answer).await {
        Ok(Ok(_)) => Status::Ok,
        // Logged, never shown: an address or a statement is nobody's business outside.
        Ok(Err(error)) => {
            tracing::warn!(event = "dependency_down", part = name, %error, "a part of the service does not answer");
            otherwise
        }
        Err(_) => {
            tracing::warn!(event = "dependency_down", part = name, "a part of the service takes too long");
            otherwise
        }
    };
    Check { status, latency_ms: milliseconds(begun) }
}

fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0
}
