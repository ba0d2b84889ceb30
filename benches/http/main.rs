//! Compares Ballast with two minimal axum servers that use the same database: `bare` without middleware, and `logged`
//! with a request ID and an access log.
//!
//! Usage: `cargo bench --bench http -- [--rounds 5] [--seconds 5] [--only auth/me] [--record perf.data]`.
//! `--only` names one scenario. With `--record`, the bench measures only Ballast and records a profile with `perf`.
//! Requires `wrk` (`apt-get install wrk`).

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

mod baseline;
mod compare;
mod report;
mod scenarios;
mod wrk;

use std::{fs, path::Path, time::Duration};

use baseline::Baseline;
use compare::{Plan, Target};
use support::{
    account,
    numbers::{argument, text_argument},
    pause, perf,
    server::{self, Outcome, Server},
    usage,
};

/// Idle time before the bench reads the idle memory, and before the bench stops Ballast.
const IDLE_TIME: Duration = Duration::from_secs(2);
/// The rate limit of `POST /api/v1/auth/forgot` admits one request, so that the bench measures rejections.
const LIMITS: [(&str, &str); 2] =
    [("RATE_LIMIT_RECOVERY_REQUESTS", "1"), ("RATE_LIMIT_RECOVERY_WINDOW_SECONDS", "86400")];

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != baseline::ARGUMENT).skip(1);
    match arguments.next() {
        Some(database) => baseline::serve(&database, arguments.next().as_deref()),
        None => run(),
    }
}

fn run() -> Outcome<()> {
    wrk::find()?;
    let folder = tempfile::tempdir()?;
    println!("load before: {}", usage::load());
    let ballast = Server::start_with(folder.path(), &LIMITS)?;
    let plan = Plan {
        rounds: argument("--rounds", 5),
        seconds: argument("--seconds", 5),
        bearer: account::sign_in(ballast.address, scenarios::EMAIL)?,
    };
    if let Some(output) = text_argument("--record") {
        return record(&ballast, &plan, output.as_ref());
    }
    let database = server::database_file(folder.path());
    let bare = Baseline::start(&database, None)?;
    let logged = Baseline::start(&database, Some(&folder.path().join("baseline.jsonl")))?;
    pause(IDLE_TIME);
    let targets = [
        Target::new("bare", bare.address, bare.pid())?,
        Target::new("logged", logged.address, logged.pid())?,
        Target::new("ballast", ballast.address, ballast.pid())?,
    ];
    for scenario in scenarios::selected()? {
        report::scenario(&scenario, &targets, &compare::compare(&targets, &scenario, &plan)?);
    }
    report::memory(&targets)?;
    pause(IDLE_TIME);
    report::program(fs::metadata(server::program())?.len(), ballast.started_in, ballast.stop()?);
    println!("load after: {}", usage::load());
    Ok(())
}

/// Records a profile of Ballast under the load of the selected scenario.
fn record(ballast: &Server, plan: &Plan, output: &Path) -> Outcome<()> {
    let selected = scenarios::selected()?;
    let [scenario] = &selected[..] else { return Err("`--record` needs `--only`".into()) };
    let target = Target::new("ballast", ballast.address, ballast.pid())?;
    let script = wrk::Script::write(scenario, &plan.bearer)?;
    target.warm_up(scenario, &script, plan.seconds)?;
    let load = || target.load(scenario, &script, plan.seconds);
    let measured = perf::record(ballast.pid(), output, load)?;
    println!("{}: {:.0} requests/s while recording", scenario.name, measured.run.per_second);
    Ok(())
}
