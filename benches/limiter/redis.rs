//! Decisions on Redis against the least that Redis can do: adding one to a number.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::{AsyncCommands, aio::MultiplexedConnection};
use sliding_window::{FallbackStore, LimitRequest, MemoryStore, Policy, RedisStore, Store};

use crate::{Outcome, contenders::REQUESTS};

/// Requests that are on their way at once.
const AT_ONCE: [usize; 2] = [1, 32];
const BATCHES: usize = 3000;
const PATIENCE: Duration = Duration::from_secs(5);

/// Commands a second, and the milliseconds within which 99 of 100 were answered.
pub struct Pace {
    pub what: &'static str,
    pub at_once: usize,
    pub rate: f64,
    pub p99: f64,
}

/// Both, turn by turn.
pub async fn paces(url: &str) -> Outcome<Vec<Pace>> {
    let store = RedisStore::open(url, format!("{:?}", Instant::now()).as_bytes(), PATIENCE)?;
    let plain = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    if !store.wait_until_connected(PATIENCE).await {
        return Err("no Redis at TEST_REDIS_URL".into());
    }
    let policy = Policy::new("bench", REQUESTS, Duration::from_mins(1))?;
    let mut paces = Vec::new();
    for at_once in AT_ONCE {
        let (mut incr, mut one, mut three) = (Vec::new(), Vec::new(), Vec::new());
        for batch in 0..BATCHES {
            // Keys that are asked for twice or so: some admitted, some refused.
            let key = |number: usize| format!("203.0.113.{}", (batch * at_once + number) % 2000);
            incr.extend(timed((0..at_once).map(|number| add(plain.clone(), key(number)))).await);
            one.extend(timed((0..at_once).map(|number| decide(&store, &policy, 1, key(number)))).await);
            three.extend(timed((0..at_once).map(|number| decide(&store, &policy, 3, key(number)))).await);
        }
        for (what, times) in [("INCR", incr), ("one limit", one), ("three limits", three)] {
            paces.push(pace(what, at_once, times));
        }
    }
    Ok(paces)
}

async fn add(mut plain: MultiplexedConnection, key: String) -> bool {
    plain.incr::<_, _, u64>(format!("bench:{key}"), 1).await.is_ok()
}

async fn decide(store: &RedisStore, policy: &Policy, limits: usize, key: String) -> bool {
    let keys: Vec<_> = (0..limits).map(|limit| format!("{key} {limit}")).collect();
    let requests: Vec<_> = keys.iter().map(|key| LimitRequest { policy, key }).collect();
    store.decide(&requests, Instant::now()).await.is_ok()
}

/// How long each of some questions took, all sent at once.
async fn timed(questions: impl Iterator<Item = impl Future<Output = bool>>) -> Vec<Duration> {
    let begun = Instant::now();
    let times = join_all(questions.map(|question| async move { question.await.then(|| begun.elapsed()) })).await;
    times.into_iter().flatten().collect()
}

fn pace(what: &'static str, at_once: usize, mut times: Vec<Duration>) -> Pace {
    times.sort();
    // Batches are sent one after the other, each taking as long as its slowest.
    let slowest: f64 = times.iter().map(Duration::as_secs_f64).sum::<f64>();
    let count = f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
    let parallel = f64::from(u32::try_from(at_once).unwrap_or(1));
    let p99 = times.get(times.len() * 99 / 100).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0;
    Pace { what, at_once, rate: count / slowest * parallel, p99 }
}

/// Milliseconds within which 99 of 100 decisions were made where no Redis answers: in the first second, and
/// once it is left alone.
pub async fn without() -> Outcome<[f64; 2]> {
    // A port that nobody listens on.
    let shared = RedisStore::open("redis://127.0.0.1:1", b"bench", Duration::from_millis(50))?;
    let store = FallbackStore::new(shared, MemoryStore::new(1_000_000, Instant::now()));
    let policy = Policy::new("bench", REQUESTS, Duration::from_mins(1))?;
    let mut p99 = [0.0; 2];
    for p99 in &mut p99 {
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < Duration::from_secs(1) {
            let asked = Instant::now();
            let key = times.len().to_string();
            store.decide(&[LimitRequest { policy: &policy, key: &key }], Instant::now()).await?;
            times.push(asked.elapsed());
            // As requests come, not as fast as they can be decided.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        times.sort();
        *p99 = times[times.len() * 99 / 100].as_secs_f64() * 1000.0;
    }
    Ok(p99)
}
