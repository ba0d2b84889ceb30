//! Puts both servers under load alternately, so that other load on the machine affects both servers equally.

use std::{net::SocketAddr, time::Duration};

use super::{
    support::{
        numbers::median,
        server::Outcome,
        usage::{self, Usage},
    },
    wrk::{self, Run},
};

/// Measured endpoints: path, and minimum ratio of the requests per second (Ballast divided by the baseline).
pub const ENDPOINTS: [(&str, f64); 3] =
    [("/api/v1/health", 0.8), ("/api/v1/auth/me", 0.8), ("/api/v1/health/live", 0.6)];

const WARM_UP: u64 = 2;

/// Server under load: Ballast or the baseline.
pub struct Target {
    pub name: &'static str,
    pub idle: Usage,
    pub pid: u32,
    address: SocketAddr,
}

/// Number of rounds, duration of one run in seconds, and `Authorization` header of the requests.
pub struct Plan {
    pub rounds: u64,
    pub seconds: u64,
    pub bearer: String,
}

/// Result of one run, with the CPU time per request.
#[derive(Clone, Copy)]
pub struct Measured {
    pub run: Run,
    pub cost: Duration,
}

/// Results of all rounds. A round has one result per server, in the order of the targets.
pub type Rounds = Vec<[Measured; 2]>;

impl Target {
    /// Creates a target, reads its idle memory, and resets its peak memory. Call this function before the first load.
    pub fn new(name: &'static str, address: SocketAddr, pid: u32) -> Outcome<Self> {
        let idle = usage::usage(pid)?;
        usage::reset_peak(pid)?;
        Ok(Self { name, idle, pid, address })
    }

    fn load(&self, endpoint: &str, bearer: &str, seconds: u64) -> Outcome<Measured> {
        let before = usage::processor_time(self.pid)?;
        let run = wrk::run(&format!("http://{}{endpoint}", self.address), bearer, seconds)?;
        let spent = usage::processor_time(self.pid)?.saturating_sub(before);
        Ok(Measured { run, cost: spent.div_f64(run.requests.max(1.0)) })
    }
}

/// Puts both servers under load in each round, one after the other. The rounds alternate which server is first.
pub fn compare(targets: &[Target; 2], endpoint: &str, plan: &Plan) -> Outcome<Rounds> {
    let [ballast, baseline] = targets;
    for target in targets {
        target.load(endpoint, &plan.bearer, WARM_UP)?;
    }
    let load = |target: &Target| target.load(endpoint, &plan.bearer, plan.seconds);
    let round = |number: u64| {
        if number.is_multiple_of(2) {
            return Ok([load(ballast)?, load(baseline)?]);
        }
        let second = load(baseline)?;
        Ok([load(ballast)?, second])
    };
    (0..plan.rounds).map(round).collect()
}

/// Returns the median of `value` over all rounds, for the server with the index `target`.
pub fn median_of(rounds: &Rounds, target: usize, value: impl Fn(&Measured) -> f64) -> f64 {
    median(rounds.iter().map(|round| value(&round[target])).collect())
}

/// Returns the median ratio of all rounds. The ratio is the `value` of Ballast divided by the `value` of the baseline.
///
/// Each ratio compares the two runs of the same round, because these runs are only seconds apart. Other load on the
/// machine therefore affects both runs.
pub fn median_ratio(rounds: &Rounds, value: impl Fn(&Measured) -> f64) -> f64 {
    median(rounds.iter().map(|[ballast, baseline]| value(ballast) / value(baseline)).collect())
}
