//! How fast and how large the limiter is, beside what people use instead, in one run.
//!
//! `cargo bench --bench limiter`; with `TEST_REDIS_URL`, Redis too.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(clippy::expect_used, reason = "a bench that cannot be set up has nothing to report")]

mod contenders;
mod load;
mod memory;
mod redis;

use std::error::Error;

use self::contenders::NAMES;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != memory::ARGUMENT).skip(1);
    if let Some(number) = arguments.next() {
        return memory::one(number.parse()?);
    }
    println!("millions of decisions a second of one core, a policy of 5; median of 7 turns");
    println!("{:>9} {:>7} {:>10}  {}", "keys", "threads", "", NAMES.join(" | "));
    for row in load::rows() {
        println!("{:>9} {:>7} {:>10}  {}", row.keys, row.threads, row.kind, figures(&row.rates));
    }
    println!("MiB for 1,000,000 keys at their limit: {}", figures(&memory::all()?));
    redis_report()
}

/// Each under its name.
fn figures(figures: &[f64; NAMES.len()]) -> String {
    let cells: Vec<_> = NAMES
        .iter()
        .zip(figures)
        .map(|(name, figure)| format!("{figure:>width$.2}", width = name.len().max(5)))
        .collect();
    cells.join(" | ")
}

#[expect(clippy::disallowed_methods, reason = "a bench is told where a server is as tests are")]
fn redis_report() -> Outcome<()> {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for pace in runtime.block_on(redis::paces(&url))? {
        println!("Redis, {} at once, {}: {:.0} a second, p99 {:.2} ms", pace.at_once, pace.what, pace.rate, pace.p99);
    }
    let [first, then] = runtime.block_on(redis::without())?;
    println!("Redis gone: p99 {first:.2} ms in the first second, {then:.2} ms then");
    Ok(())
}
