//! How many decisions a second so many threads get for so many keys.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use crate::contenders::{Contender, NAMES, REQUESTS, contender};

/// Decisions of one thread between two looks at the clock.
const BATCH: usize = 10_000;
/// How long one contender is measured in one round.
const ROUND: Duration = Duration::from_millis(400);
/// Rounds, of which the median counts; the contenders take turns in each.
const ROUNDS: usize = 7;

/// A minute: every key is at its limit after five, and a flood is refusals.
const REFUSING: Duration = Duration::from_mins(1);
/// So short that a million keys taken in turn are admitted every time.
const ADMITTING: Duration = Duration::from_secs(1);

/// One row of the report: millions of decisions a second of one core, by contender.
pub struct Row {
    pub keys: usize,
    pub threads: usize,
    pub kind: &'static str,
    pub rates: [f64; NAMES.len()],
}

/// All rows.
pub fn rows() -> Vec<Row> {
    let points = [
        (1, "refusing", REFUSING),
        (10_000, "refusing", REFUSING),
        (1_000_000, "refusing", REFUSING),
        (1_000_000, "admitting", ADMITTING),
    ];
    let mut rows = Vec::new();
    for (count, kind, window) in points {
        let keys = shuffled(count);
        let contenders: Vec<_> = (0..NAMES.len()).map(|number| contender(number, window)).collect();
        for contender in &contenders {
            fill(contender.as_ref(), &keys);
        }
        for threads in [1, 2] {
            rows.push(Row { keys: count, threads, kind, rates: interleaved(&contenders, &keys, threads) });
        }
    }
    rows
}

/// Addresses in an order that no cache can guess.
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

/// Every key up to its limit.
pub fn fill(contender: &dyn Contender, keys: &[String]) {
    for _ in 0..REQUESTS.get() {
        for key in keys {
            std::hint::black_box(contender.admits(key));
        }
    }
}

fn interleaved(contenders: &[Box<dyn Contender>], keys: &[String], threads: usize) -> [f64; NAMES.len()] {
    let mut rates = [const { Vec::new() }; NAMES.len()];
    for round in 0..ROUNDS {
        for (contender, rates) in contenders.iter().zip(&mut rates) {
            rates.push(rate(contender.as_ref(), keys, threads, round));
        }
    }
    rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    })
}

/// Millions of decisions a second of one core.
fn rate(contender: &dyn Contender, keys: &[String], threads: usize, round: usize) -> f64 {
    let start = Barrier::new(threads);
    let each = |thread: usize| {
        // Each thread begins elsewhere, so that they do not walk in each other's cache.
        let mut keys = keys.iter().cycle().skip((thread * keys.len() / threads + round * 7919) % keys.len());
        start.wait();
        let (begun, mut decided) = (Instant::now(), 0_u32);
        while begun.elapsed() < ROUND {
            for key in keys.by_ref().take(BATCH) {
                std::hint::black_box(contender.admits(key));
                decided += 1;
            }
        }
        f64::from(decided) / begun.elapsed().as_secs_f64() / 1e6
    };
    let each = &each;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || each(thread))).collect();
        let count = f64::from(u32::try_from(threads.len()).unwrap_or(1));
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum::<f64>() / count
    })
}
