//! Measures decisions of the Redis store. For comparison, also measures the cheap Redis command INCR.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::{AsyncCommands, aio::MultiplexedConnection};
use sliding_window::{FallbackStore, LimitRequest, MemoryStore, Policy, RedisStore, Store};

use crate::{Outcome, implementations::REQUESTS};

/// Numbers of concurrent requests that the bench measures.
const CONCURRENCY: [usize; 2] = [1, 32];
const BATCHES: usize = 3000;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Commands per second, and 99th percentile of the response time in milliseconds.
pub struct Throughput {
    pub command: &'static str,
    pub concurrency: usize,
    pub rate: f64,
    pub p99: f64,
}

/// Measures INCR commands and decisions alternately.
pub async fn measure(url: &str) -> Outcome<Vec<Throughput>> {
    let store = RedisStore::open(url, format!("{:?}", Instant::now()).as_bytes(), TIMEOUT)?;
    let connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    if !store.wait_until_connected(TIMEOUT).await {
        return Err("no Redis at TEST_REDIS_URL".into());
    }
    let policy = Policy::new("bench", REQUESTS, Duration::from_mins(1))?;
    let mut results = Vec::new();
    for concurrency in CONCURRENCY {
        let (mut incr, mut one, mut three) = (Vec::new(), Vec::new(), Vec::new());
        for batch in 0..BATCHES {
            // Repeats keys, so that Redis admits some requests and rejects other requests.
            let key = |number: usize| format!("203.0.113.{}", (batch * concurrency + number) % 2000);
            incr.extend(timed((0..concurrency).map(|number| increment(connection.clone(), key(number)))).await);
            one.extend(timed((0..concurrency).map(|number| decide(&store, &policy, 1, key(number)))).await);
            three.extend(timed((0..concurrency).map(|number| decide(&store, &policy, 3, key(number)))).await);
        }
        for (command, times) in [("INCR", incr), ("one limit", one), ("three limits", three)] {
            results.push(throughput(command, concurrency, times));
        }
    }
    Ok(results)
}

async fn increment(mut connection: MultiplexedConnection, key: String) -> bool {
    connection.incr::<_, _, u64>(format!("bench:{key}"), 1).await.is_ok()
}

async fn decide(store: &RedisStore, policy: &Policy, limits: usize, key: String) -> bool {
    let keys: Vec<_> = (0..limits).map(|limit| format!("{key} {limit}")).collect();
    let requests: Vec<_> = keys.iter().map(|key| LimitRequest { policy, key }).collect();
    store.decide(&requests, Instant::now()).await.is_ok()
}

/// Runs commands concurrently, and returns the response times of the successful commands.
async fn timed(commands: impl Iterator<Item = impl Future<Output = bool>>) -> Vec<Duration> {
    let start = Instant::now();
    let times = join_all(commands.map(|command| async move { command.await.then(|| start.elapsed()) })).await;
    times.into_iter().flatten().collect()
}

fn throughput(command: &'static str, concurrency: usize, mut times: Vec<Duration>) -> Throughput {
    times.sort();
    // The rate is the number of concurrent commands divided by their mean response time (Little's law).
    let total: f64 = times.iter().map(Duration::as_secs_f64).sum::<f64>();
    let count = f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
    let parallel = f64::from(u32::try_from(concurrency).unwrap_or(1));
    let p99 = times.get(times.len() * 99 / 100).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0;
    Throughput { command, concurrency, rate: count / total * parallel, p99 }
}

/// Measures for two seconds how long a decision takes without a Redis server. Returns the 99th percentile for each
/// second, in milliseconds.
///
/// The circuit breaker opens within the first second. In the following second, the circuit breaker is open.
pub async fn measure_without_server() -> Outcome<[f64; 2]> {
    // Uses a port without a listener, because the Redis server must be unreachable.
    let redis = RedisStore::open("redis://127.0.0.1:1", b"bench", Duration::from_millis(50))?;
    let store = FallbackStore::new(redis, MemoryStore::new(1_000_000, Instant::now()));
    let policy = Policy::new("bench", REQUESTS, Duration::from_mins(1))?;
    let mut p99 = [0.0; 2];
    for p99 in &mut p99 {
        let (start, mut times) = (Instant::now(), Vec::new());
        while start.elapsed() < Duration::from_secs(1) {
            let sent = Instant::now();
            let key = times.len().to_string();
            store.decide(&[LimitRequest { policy: &policy, key: &key }], Instant::now()).await?;
            times.push(sent.elapsed());
            // Waits between requests, because the bench simulates a realistic rate instead of the maximum rate.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        times.sort();
        *p99 = times[times.len() * 99 / 100].as_secs_f64() * 1000.0;
    }
    Ok(p99)
}
