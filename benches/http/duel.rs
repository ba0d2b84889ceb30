//! Loads both servers in turn, so that what else the machine does meets both alike.

use std::{net::SocketAddr, time::Duration};

use super::{
    support::{
        numbers::median,
        server::Outcome,
        usage::{self, Usage},
    },
    wrk::{self, Run},
};

/// What is asked for, and the least share of the twin's requests a second.
pub const ENDPOINTS: [(&str, f64); 3] =
    [("/api/v1/health", 0.8), ("/api/v1/auth/me", 0.8), ("/api/v1/health/live", 0.6)];

const WARM_UP: u64 = 2;

/// One of the two servers.
pub struct Side {
    pub name: &'static str,
    pub idle: Usage,
    pub pid: u32,
    address: SocketAddr,
}

/// How long the two are loaded.
pub struct Plan {
    pub rounds: u64,
    pub seconds: u64,
    pub bearer: String,
}

/// One run and the processor time that the server spent on each of its requests.
#[derive(Clone, Copy)]
pub struct Measured {
    pub run: Run,
    pub cost: Duration,
}

/// Every round of both sides, in the order of the sides.
pub type Rounds = Vec<[Measured; 2]>;

impl Side {
    /// Reads the idle memory too: to be called before any load.
    pub fn of(name: &'static str, address: SocketAddr, pid: u32) -> Outcome<Self> {
        let idle = usage::of(pid)?;
        usage::forget_peak(pid)?;
        Ok(Self { name, idle, pid, address })
    }

    fn load(&self, endpoint: &str, bearer: &str, seconds: u64) -> Outcome<Measured> {
        let before = usage::processor_time(self.pid)?;
        let run = wrk::run(&format!("http://{}{endpoint}", self.address), bearer, seconds)?;
        let spent = usage::processor_time(self.pid)?.saturating_sub(before);
        Ok(Measured { run, cost: spent.div_f64(run.requests.max(1.0)) })
    }
}

/// Loads both with one request, round by round; who begins changes every round.
pub fn fight(sides: &[Side; 2], endpoint: &str, plan: &Plan) -> Outcome<Rounds> {
    let [ballast, twin] = sides;
    for side in sides {
        side.load(endpoint, &plan.bearer, WARM_UP)?;
    }
    let load = |side: &Side| side.load(endpoint, &plan.bearer, plan.seconds);
    let round = |number: u64| {
        if number.is_multiple_of(2) {
            return Ok([load(ballast)?, load(twin)?]);
        }
        let second = load(twin)?;
        Ok([load(ballast)?, second])
    };
    (0..plan.rounds).map(round).collect()
}

/// The middle of all rounds of one side.
pub fn middle(rounds: &Rounds, side: usize, value: impl Fn(&Measured) -> f64) -> f64 {
    median(rounds.iter().map(|round| value(&round[side])).collect())
}

/// The middle of the rounds' ratios: the two runs of a round are seconds apart.
pub fn ratio(rounds: &Rounds, value: impl Fn(&Measured) -> f64) -> f64 {
    median(rounds.iter().map(|[ballast, twin]| value(ballast) / value(twin)).collect())
}
