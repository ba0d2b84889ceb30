//! Detects spikes of failed logins over all accounts and clients.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Minutes over which the usual number of failed logins is averaged.
const MINUTES: u64 = 60;
/// A spike has more than this multiple of the usual number of failed logins.
const SPIKE_FACTOR: u64 = 5;
/// Number of failed logins per minute up to which no spike is reported, because the usual number on a quiet service is
/// almost 0.
const MIN_FAILURES: u64 = 20;

/// Failed logins of the last hour, counted per minute and per process.
#[derive(Debug)]
pub struct FailedLoginMonitor {
    started: Instant,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Pairs of minute since the start and number of failed logins, oldest first. Minutes without failed logins are
    /// missing.
    minutes: VecDeque<(u64, u64)>,
    /// The last minute with a spike.
    last_spike: Option<u64>,
}

/// Spike: more failed logins than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spike {
    /// Number of failed logins in the current minute.
    pub failures: u64,
    /// Average number of failed logins per minute in the previous hour, rounded down.
    pub usual: u64,
}

impl FailedLoginMonitor {
    /// Creates a monitor that counts from `now` on.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { started: now, counts: Mutex::default() }
    }

    /// Counts a failed login. Returns a spike when the spike begins. Returns no further spike until a minute without a
    /// spike has passed.
    pub fn record(&self, now: Instant) -> Option<Spike> {
        let minute = now.saturating_duration_since(self.started).as_secs() / Duration::from_mins(1).as_secs();
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).add(minute)
    }
}

impl Counts {
    fn add(&mut self, minute: u64) -> Option<Spike> {
        self.minutes.retain(|(counted, _)| counted + MINUTES >= minute);
        match self.minutes.back_mut() {
            Some((counted, failures)) if *counted == minute => *failures += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
        let failures = self.minutes.back().map_or(0, |(_, failures)| *failures);
        let before: u64 = self.minutes.iter().map(|(_, failures)| failures).sum::<u64>() - failures;
        // The average covers the minutes since the start of the process, at most 60.
        let minutes = minute.clamp(1, MINUTES);
        if failures <= MIN_FAILURES || failures * minutes <= SPIKE_FACTOR * before {
            return None;
        }
        let continues = self.last_spike.is_some_and(|last| last + 1 >= minute);
        self.last_spike = Some(minute);
        (!continues).then_some(Spike { failures, usual: before / minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records failed logins. Each pair is a minute and the number of failed logins in this minute. Returns the number
    /// of reported spikes for each pair.
    fn spikes(minutes: &[(u64, u64)]) -> Vec<usize> {
        let started = Instant::now();
        let monitor = FailedLoginMonitor::new(started);
        let in_minute = |minute: u64, failures: u64| {
            let now = started + Duration::from_mins(minute);
            (0..failures).filter(|_| monitor.record(now).is_some()).count()
        };
        minutes.iter().map(|&(minute, failures)| in_minute(minute, failures)).collect()
    }

    #[test]
    fn monitor_reports_more_than_twenty_failures_on_a_quiet_service_once() {
        assert_eq!(spikes(&[(0, 20), (7, 21)]), [0, 1]);
        assert_eq!(spikes(&[(0, 500)]), [1]);
    }

    #[test]
    fn monitor_reports_more_than_five_times_the_usual_number() {
        let usual = |last: u64| (0..60).map(|minute| (minute, 10)).chain([(60, last)]).collect::<Vec<_>>();
        assert_eq!(spikes(&usual(50)).pop(), Some(0));
        assert_eq!(spikes(&usual(51)).pop(), Some(1));
    }

    #[test]
    fn monitor_reports_a_long_spike_once_and_the_next_spike_again() {
        assert_eq!(spikes(&[(0, 30), (1, 300), (2, 2000), (3, 3), (5, 30_000)]), [1, 0, 0, 0, 1]);
        assert_eq!(spikes(&[(0, 30), (1, 40), (2, 45)]), [1, 0, 0], "the average since the start");
    }

    #[test]
    fn monitor_ignores_failures_that_are_older_than_an_hour() {
        assert_eq!(spikes(&[(0, 1000), (60, 30), (62, 40)]), [1, 0, 1]);
    }
}
