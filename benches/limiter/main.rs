//! Compares the speed and the memory of the rate limiter with those of alternative implementations.
//!
//! Usage: `cargo bench --bench limiter`.
//! If the environment variable `TEST_REDIS_URL` is set, the bench also measures the Redis store.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(clippy::expect_used, reason = "a bench without its setup cannot report")]

mod implementations;
mod load;
mod memory;
mod redis;

use std::error::Error;

use self::implementations::NAMES;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != memory::ARGUMENT).skip(1);
    if let Some(number) = arguments.next() {
        return memory::measure(number.parse()?);
    }
    println!("millions of decisions per second and core, limit 5; median of 7 rounds");
    println!("{:>9} {:>7} {:>10}  {}", "keys", "threads", "", NAMES.join(" | "));
    for row in load::rows() {
        println!("{:>9} {:>7} {:>10}  {}", row.keys, row.threads, row.kind, figures(&row.rates));
    }
    println!("MiB for 1,000,000 keys at their limit: {}", figures(&memory::measure_all()?));
    redis_report()
}

/// Formats one number per implementation as a row.
fn figures(figures: &[f64; NAMES.len()]) -> String {
    let cells: Vec<_> = NAMES
        .iter()
        .zip(figures)
        .map(|(name, figure)| format!("{figure:>width$.2}", width = name.len().max(5)))
        .collect();
    cells.join(" | ")
}

#[expect(clippy::disallowed_methods, reason = "benches read the same variable as tests")]
fn redis_report() -> Outcome<()> {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for result in runtime.block_on(redis::measure(&url))? {
        println!(
            "Redis, {} concurrent, {}: {:.0} per second, p99 {:.2} ms",
            result.concurrency, result.command, result.rate, result.p99
        );
    }
    let [first, later] = runtime.block_on(redis::measure_without_server())?;
    println!("no Redis: p99 {first:.2} ms in the first second, {later:.2} ms afterwards");
    Ok(())
}
