//! Any arrivals under any limit, on a server whose clock is set back now and then.

use std::time::Duration;

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{
    super::super::{Decision, Policy},
    harness::{Timed, named},
};

const SECOND: u64 = 1_000_000;

/// What is done under one limit: how long after the last step, and how far the clock is set back.
type Steps = Vec<(u64, u64)>;

fn steps() -> impl Strategy<Value = Steps> {
    let gap = prop_oneof![Just(0), 0..=400_000_u64, 0..=2 * SECOND];
    let back = prop_oneof![9 => Just(0), 1 => 1..=100 * SECOND];
    proptest::collection::vec((gap, back), 1..80)
}

/// When one key was admitted, in true time.
async fn admitted(timed: &Timed, policy: &Policy, key: &str, steps: &Steps) -> Vec<u64> {
    // Far enough ahead that no step back leads to before the beginning.
    let (mut truth, mut ahead) = (0, 10_000 * SECOND);
    let mut moments = Vec::new();
    for (gap, back) in steps {
        truth += gap;
        ahead -= back;
        match timed.decide(&[(policy, key)], truth + ahead).await {
            Decision::Admitted(_) => moments.push(truth),
            Decision::Refused(standing) => {
                assert!(standing.reset() > Duration::ZERO && standing.reset() <= policy.window());
            }
        }
    }
    moments
}

/// Never more than the limit in any window: one more than it spans at least a window.
fn is_exact(moments: &[u64], policy: &Policy) -> bool {
    let window = u64::try_from(policy.window().as_micros()).unwrap();
    moments.windows(policy.requests().get() as usize + 1).all(|few| few[few.len() - 1] - few[0] >= window)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_window_holds_more_than_the_limit_even_where_the_clock_is_set_back(
        requests in 1..6_u32, window in 1..4_u64, steps in steps(),
    ) {
        Runtime::new().unwrap().block_on(async {
            let Some(timed) = Timed::open().await else { return };
            let policy = named("login", requests, window);
            let moments = admitted(&timed, &policy, "a", &steps).await;
            assert!(is_exact(&moments, &policy), "{moments:?}");
        });
    }
}

#[tokio::test]
async fn whoever_waits_as_long_as_told_is_admitted_and_a_microsecond_earlier_is_not() {
    let Some(timed) = Timed::open().await else { return };
    let policy = named("login", 2, 1);
    for at in [0, 400_000] {
        assert!(matches!(timed.decide(&[(&policy, "a")], at).await, Decision::Admitted(_)));
    }
    let Decision::Refused(standing) = timed.decide(&[(&policy, "a")], 600_000).await else { panic!("admitted") };
    assert_eq!(standing.reset(), Duration::from_millis(400));
    assert!(matches!(timed.decide(&[(&policy, "a")], 999_999).await, Decision::Refused(_)));
    assert!(matches!(timed.decide(&[(&policy, "a")], 1_000_000).await, Decision::Admitted(_)));
}

/// Counts in windows that begin with a key's first request and do not slide.
const FIXED_WINDOW: &str = "
local now = tonumber(table.remove(ARGV))
local requests, window = tonumber(ARGV[2]), tonumber(ARGV[3])
local from = tonumber(redis.call('HGET', KEYS[1], 'from') or -window)
if now - from >= window or now < from then redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[1], 'from', now) from = now end
redis.call('PEXPIRE', KEYS[1], 60000)
if redis.call('HINCRBY', KEYS[1], 'count', 1) > requests then return { ARGV[1], 0, 1, from + window - now } end
return { ARGV[1], 1, 0, 0 }";

#[tokio::test]
async fn the_check_catches_windows_that_do_not_slide() {
    let Some(timed) = Timed::with_script(FIXED_WINDOW).await else { return };
    let policy = named("login", 3, 1);
    // Three at the end of one window, three at the beginning of the next.
    let steps = vec![(0, 0), (900_000, 0), (0, 0), (0, 0), (100_000, 0), (0, 0), (0, 0)];
    let moments = admitted(&timed, &policy, "a", &steps).await;
    assert!(!is_exact(&moments, &policy), "{moments:?}");
}
