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

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != memory::ARGUMENT).skip(1);
    if let Some(number) = arguments.next() {
        return memory::one(number.parse()?);
    }
    println!("millions of decisions a second of one core, a policy of 5; median of 7 turns");
    println!("{:>9} {:>7} {:>10} {:>8} {:>8} {:>8}", "keys", "threads", "", "ours", "governor", "mutex");
    for row in load::rows() {
        let [ours, governor, mutex] = row.rates;
        println!("{:>9} {:>7} {:>10} {ours:>8.2} {governor:>8.2} {mutex:>8.2}", row.keys, row.threads, row.kind);
    }
    let [ours, governor, mutex] = memory::all()?;
    println!("MiB for 1,000,000 keys at their limit: ours {ours:.1}, governor {governor:.1}, mutex {mutex:.1}");
    redis_report()
}

#[expect(clippy::disallowed_methods, reason = "a bench is told where a server is as tests are")]
fn redis_report() -> Outcome<()> {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for pace in runtime.block_on(redis::paces(&url))? {
        println!("Redis, {} at once, {}: {:.0} a second, p99 {:.2} ms", pace.at_once, pace.what, pace.rate, pace.p99);
    }
    Ok(())
}
