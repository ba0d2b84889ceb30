//! Measures decisions per second by number of threads and number of keys.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use crate::implementations::{Limiter, NAMES, REQUESTS, limiter};

/// Number of decisions of one thread between two checks of the measurement time.
const BATCH: usize = 10_000;
/// Duration of one measurement.
const ROUND: Duration = Duration::from_millis(400);
/// Number of rounds per row of the report. Each round measures every implementation once. The report contains the
/// median of the rounds.
const ROUNDS: usize = 7;

/// Window for the measurement of rejections. The window is so long that every key reaches its limit.
const REJECTING: Duration = Duration::from_mins(1);
/// Window for the measurement of admissions. The window is so short that almost no key of a million keys reaches its
/// limit.
const ADMITTING: Duration = Duration::from_secs(1);

/// Row of the report. `rates` has one rate per implementation, in millions of decisions per second and core.
pub struct Row {
    pub keys: usize,
    pub threads: usize,
    pub kind: &'static str,
    pub rates: [f64; NAMES.len()],
}

/// Measures all rows of the report.
pub fn rows() -> Vec<Row> {
    let points = [
        (1, "rejecting", REJECTING),
        (10_000, "rejecting", REJECTING),
        (1_000_000, "rejecting", REJECTING),
        (1_000_000, "admitting", ADMITTING),
    ];
    let mut rows = Vec::new();
    for (count, kind, window) in points {
        let keys = shuffled(count);
        let limiters: Vec<_> = (0..NAMES.len()).map(|number| limiter(number, window)).collect();
        for limiter in &limiters {
            fill(limiter.as_ref(), &keys);
        }
        for threads in [1, 2] {
            rows.push(Row { keys: count, threads, kind, rates: interleaved(&limiters, &keys, threads) });
        }
    }
    rows
}

/// Returns `count` addresses in a pseudorandom sequence, so that the processor cannot prefetch keys.
pub fn shuffled(count: usize) -> Vec<String> {
    let address = |number: u32| std::net::Ipv4Addr::from(0x0a00_0000 | number).to_string();
    let mut keys: Vec<_> = (0..u32::try_from(count).unwrap_or(u32::MAX)).map(address).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..keys.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        keys.swap(at, usize::try_from(state >> 33).unwrap_or(0) % (at + 1));
    }
    keys
}

/// Charges every key until the key is at its limit.
pub fn fill(limiter: &dyn Limiter, keys: &[String]) {
    for _ in 0..REQUESTS.get() {
        for key in keys {
            std::hint::black_box(limiter.admits(key));
        }
    }
}

fn interleaved(limiters: &[Box<dyn Limiter>], keys: &[String], threads: usize) -> [f64; NAMES.len()] {
    let mut rates = [const { Vec::new() }; NAMES.len()];
    for round in 0..ROUNDS {
        for (limiter, rates) in limiters.iter().zip(&mut rates) {
            rates.push(rate(limiter.as_ref(), keys, threads, round));
        }
    }
    rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    })
}

/// Returns the rate in millions of decisions per second and core.
fn rate(limiter: &dyn Limiter, keys: &[String], threads: usize, round: usize) -> f64 {
    let start = Barrier::new(threads);
    let each = |thread: usize| {
        // Starts each thread at a different key, so that the threads do not share cache lines.
        let mut keys = keys.iter().cycle().skip((thread * keys.len() / threads + round * 7919) % keys.len());
        start.wait();
        let (start_time, mut decided) = (Instant::now(), 0_u32);
        while start_time.elapsed() < ROUND {
            for key in keys.by_ref().take(BATCH) {
                std::hint::black_box(limiter.admits(key));
                decided += 1;
            }
        }
        f64::from(decided) / start_time.elapsed().as_secs_f64() / 1e6
    };
    let each = &each;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || each(thread))).collect();
        let count = f64::from(u32::try_from(threads.len()).unwrap_or(1));
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum::<f64>() / count
    })
}
