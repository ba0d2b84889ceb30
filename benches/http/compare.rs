//! Puts all servers under load in turn, so that other load on the machine affects all servers equally.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::{
    scenarios::Scenario,
    support::{
        http::get,
        numbers::{median, quantile},
        probes::Probe,
        server::Outcome,
        usage::{self, Usage},
    },
    wrk::{Run, Script},
};

/// Maximum duration of the load before the first measurement, in seconds.
const WARM_UP_SECONDS: u64 = 2;
/// Time between two requests of the health probe in milliseconds.
const PROBE_INTERVAL: u64 = 10;

/// Number of servers.
pub const SERVERS: usize = 3;
/// Index of the server `logged`, which the minimum ratio refers to.
pub const LOGGED: usize = 1;
/// Index of Ballast.
pub const BALLAST: usize = 2;

/// Server under load.
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

/// Result of one run.
#[derive(Clone, Copy)]
pub struct Measured {
    pub run: Run,
    /// CPU time per request.
    pub cost: Duration,
    /// 99th percentile of the response times of the health probe, or zero without a probe.
    pub health_p99: Duration,
}

/// Results of all rounds. A round has one result per server, in the order of the targets.
pub type Rounds = Vec<[Measured; SERVERS]>;

impl Target {
    /// Creates a target, reads its idle memory, and resets its peak memory. Call this function before the first load.
    pub fn new(name: &'static str, address: SocketAddr, pid: u32) -> Outcome<Self> {
        let idle = usage::usage(pid)?;
        usage::reset_peak(pid)?;
        Ok(Self { name, idle, pid, address })
    }

    /// Checks the status of the response, and puts the server under load for at most `seconds` seconds.
    pub fn warm_up(&self, scenario: &Scenario, script: &Script, seconds: u64) -> Outcome<()> {
        script.check(self.address, scenario)?;
        self.load(scenario, script, seconds.min(WARM_UP_SECONDS)).map(|_| ())
    }

    /// Puts the server under load for `seconds` seconds.
    pub fn load(&self, scenario: &Scenario, script: &Script, seconds: u64) -> Outcome<Measured> {
        let before = usage::processor_time(self.pid)?;
        let (run, health_p99) = thread::scope(|scope| -> Outcome<_> {
            let end = Instant::now() + Duration::from_secs(seconds);
            let probe = scenario.probes_health.then(|| scope.spawn(move || self.probe_health(end)));
            let run = script.run(self.address, scenario, seconds)?;
            let health_p99 = probe.map(|probe| probe.join().map_err(|_| "the health probe panicked")?);
            Ok((run, health_p99.transpose()?.unwrap_or_default()))
        })?;
        let spent = usage::processor_time(self.pid)?.saturating_sub(before);
        Ok(Measured { run, cost: spent.div_f64(run.requests.max(1.0)), health_p99 })
    }

    fn probe_health(&self, end: Instant) -> Outcome<Duration> {
        let mut health = Probe::new("health", get("/api/v1/health", ""), PROBE_INTERVAL).run(self.address, end);
        if health.failures > 0 {
            return Err(format!("{}: {} health checks failed", self.name, health.failures).into());
        }
        Ok(quantile(&mut health.times, 990))
    }
}

/// Puts each server under load in each round. Each round starts with another server.
pub fn compare(targets: &[Target; SERVERS], scenario: &Scenario, plan: &Plan) -> Outcome<Rounds> {
    let script = Script::write(scenario, &plan.bearer)?;
    for target in targets {
        target.warm_up(scenario, &script, plan.seconds)?;
    }
    (0..plan.rounds).map(|round| measure_round(targets, scenario, &script, plan.seconds, round)).collect()
}

fn measure_round(
    targets: &[Target; SERVERS],
    scenario: &Scenario,
    script: &Script,
    seconds: u64,
    round: u64,
) -> Outcome<[Measured; SERVERS]> {
    let mut measured = [None; SERVERS];
    for offset in 0..SERVERS {
        let index = (usize::try_from(round)? + offset) % SERVERS;
        measured[index] = Some(targets[index].load(scenario, script, seconds)?);
    }
    let [Some(bare), Some(logged), Some(ballast)] = measured else { return Err("a server was not measured".into()) };
    Ok([bare, logged, ballast])
}

/// Returns the values of a server in all rounds.
pub fn values(rounds: &Rounds, server: usize, value: impl Fn(&Measured) -> f64) -> Vec<f64> {
    rounds.iter().map(|round| value(&round[server])).collect()
}

/// Returns the median ratio of all rounds. The ratio is the `value` of Ballast divided by the `value` of `server`.
///
/// Each ratio compares two runs of the same round, because these runs are only seconds apart. Other load on the
/// machine therefore affects both runs.
pub fn median_ratio(rounds: &Rounds, server: usize, value: impl Fn(&Measured) -> f64) -> f64 {
    median(rounds.iter().map(|round| value(&round[BALLAST]) / value(&round[server])).collect())
}
