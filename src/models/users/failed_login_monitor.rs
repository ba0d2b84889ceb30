//! Says when far more sign-ins fail than usual, whoever and wherever they are from.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is usual is the mean of this many.
const MINUTES: u64 = 60;
/// The alarm is raised beyond so many times what is usual.
const TIMES: u64 = 5;
/// What one minute may always have: on a quiet service a few wrong passwords are many times the usual.
const ALWAYS: u64 = 20;

/// Failures of the last hour, counted by the minute. Each process counts its own.
#[derive(Debug)]
pub struct Alarm {
    begun: Instant,
    // A std mutex: nothing is awaited while it is held.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Failures by minute, oldest first; minutes without any are left out.
    minutes: VecDeque<(u64, u64)>,
    /// The last minute in which the alarm was raised.
    raised: Option<u64>,
}

/// So many failures in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusual {
    /// In the running minute.
    pub failures: u64,
    /// In a minute of the hour before, in the mean, rounded down.
    pub usual: u64,
}

impl Alarm {
    /// Counts from now on.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { begun: now, counts: Mutex::default() }
    }

    /// Counts a failure. Where they have become more than five times as many as usual, it is said: once, until
    /// a minute was quiet.
    pub fn failed(&self, now: Instant) -> Option<Unusual> {
        let minute = now.saturating_duration_since(self.begun).as_secs() / Duration::from_mins(1).as_secs();
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).add(minute)
    }
}

impl Counts {
    fn add(&mut self, minute: u64) -> Option<Unusual> {
        self.minutes.retain(|(counted, _)| counted + MINUTES >= minute);
        match self.minutes.back_mut() {
            Some((counted, failures)) if *counted == minute => *failures += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
        let failures = self.minutes.back().map_or(0, |(_, failures)| *failures);
        let before: u64 = self.minutes.iter().map(|(_, failures)| failures).sum::<u64>() - failures;
        // A young process knows of fewer minutes.
        let minutes = minute.clamp(1, MINUTES);
        if failures <= ALWAYS || failures * minutes <= TIMES * before {
            return None;
        }
        let again = self.raised.is_some_and(|raised| raised + 1 >= minute);
        self.raised = Some(minute);
        (!again).then_some(Unusual { failures, usual: before / minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alarm that has heard so many failures in each of these minutes, and how often it was raised in each.
    fn heard(minutes: &[(u64, u64)]) -> Vec<usize> {
        let begun = Instant::now();
        let alarm = Alarm::new(begun);
        let in_minute = |minute: u64, failures: u64| {
            let now = begun + Duration::from_mins(minute);
            (0..failures).filter(|_| alarm.failed(now).is_some()).count()
        };
        minutes.iter().map(|&(minute, failures)| in_minute(minute, failures)).collect()
    }

    #[test]
    fn a_few_failures_on_a_quiet_service_are_none_to_speak_of_and_one_more_is_said_once() {
        assert_eq!(heard(&[(0, 20), (7, 21)]), [0, 1]);
        assert_eq!(heard(&[(0, 500)]), [1]);
    }

    #[test]
    fn five_times_the_usual_is_borne_and_more_is_not() {
        let usual = |last: u64| (0..60).map(|minute| (minute, 10)).chain([(60, last)]).collect::<Vec<_>>();
        assert_eq!(heard(&usual(50)).pop(), Some(0));
        assert_eq!(heard(&usual(51)).pop(), Some(1));
    }

    #[test]
    fn an_attack_that_goes_on_is_said_once_and_the_next_one_again() {
        assert_eq!(heard(&[(0, 30), (1, 300), (2, 2000), (3, 3), (5, 30_000)]), [1, 0, 0, 0, 1]);
        assert_eq!(heard(&[(0, 30), (1, 40), (2, 45)]), [1, 0, 0], "what is usual since the start");
    }

    #[test]
    fn what_was_more_than_an_hour_ago_is_not_usual() {
        assert_eq!(heard(&[(0, 1000), (60, 30), (62, 40)]), [1, 0, 1]);
    }
}
