//! Tests with random requests and limits, on a server whose clock is sometimes set back.

use std::time::Duration;

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{
    super::super::{Decision, Policy},
    harness::{TimedStore, named},
};

const SECOND: u64 = 1_000_000;

/// Steps of a test. Each step consists of the microseconds since the previous step, and the microseconds by which the
/// server's clock is set back.
type Steps = Vec<(u64, u64)>;

fn steps() -> impl Strategy<Value = Steps> {
    let gap = prop_oneof![Just(0), 0..=400_000_u64, 0..=2 * SECOND];
    let back = prop_oneof![9 => Just(0), 1 => 1..=100 * SECOND];
    proptest::collection::vec((gap, back), 1..80)
}

/// Returns the real times at which a key was admitted, in microseconds. Setting back the server's clock does not
/// change these times.
async fn admission_times(timed: &TimedStore, policy: &Policy, key: &str, steps: &Steps) -> Vec<u64> {
    // Starts the server's clock far ahead of zero, so that its time never becomes negative.
    let (mut real, mut ahead) = (0, 10_000 * SECOND);
    let mut admissions = Vec::new();
    for (gap, back) in steps {
        real += gap;
        ahead -= back;
        match timed.decide(&[(policy, key)], real + ahead).await {
            Decision::Admitted(_) => admissions.push(real),
            Decision::Rejected(status) => {
                assert!(status.reset() > Duration::ZERO && status.reset() <= policy.window());
            }
        }
    }
    admissions
}

/// Returns whether no window exceeds the limit: any `limit + 1` successive admissions span at least one window.
fn is_exact(admissions: &[u64], policy: &Policy) -> bool {
    let window = u64::try_from(policy.window().as_micros()).unwrap();
    admissions.windows(policy.requests().get() as usize + 1).all(|span| span[span.len() - 1] - span[0] >= window)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn store_never_exceeds_the_limit_when_the_clock_is_set_back(
        requests in 1..6_u32, window in 1..4_u64, steps in steps(),
    ) {
        Runtime::new().unwrap().block_on(async {
            let Some(timed) = TimedStore::open().await else { return };
            let policy = named("login", requests, window);
            let admissions = admission_times(&timed, &policy, "a", &steps).await;
            assert!(is_exact(&admissions, &policy), "{admissions:?}");
        });
    }
}

#[tokio::test]
async fn store_admits_after_the_reset_time_and_rejects_one_microsecond_earlier() {
    let Some(timed) = TimedStore::open().await else { return };
    let policy = named("login", 2, 1);
    for at in [0, 400_000] {
        assert!(matches!(timed.decide(&[(&policy, "a")], at).await, Decision::Admitted(_)));
    }
    let Decision::Rejected(status) = timed.decide(&[(&policy, "a")], 600_000).await else { panic!("admitted") };
    assert_eq!(status.reset(), Duration::from_millis(400));
    assert!(matches!(timed.decide(&[(&policy, "a")], 999_999).await, Decision::Rejected(_)));
    assert!(matches!(timed.decide(&[(&policy, "a")], 1_000_000).await, Decision::Admitted(_)));
}

/// Broken script that counts in fixed windows. A window starts with the first request of a key.
const FIXED_WINDOW: &str = "
local now = tonumber(table.remove(ARGV))
local requests, window = tonumber(ARGV[2]), tonumber(ARGV[3])
local from = tonumber(redis.call('HGET', KEYS[1], 'from') or -window)
if now - from >= window or now < from then redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[1], 'from', now) from = now end
redis.call('PEXPIRE', KEYS[1], 60000)
if redis.call('HINCRBY', KEYS[1], 'count', 1) > requests then return { ARGV[1], 0, 1, from + window - now } end
return { ARGV[1], 1, 0, 0 }";

#[tokio::test]
async fn clock_check_catches_windows_that_do_not_slide() {
    let Some(timed) = TimedStore::with_script(FIXED_WINDOW).await else { return };
    let policy = named("login", 3, 1);
    // Three requests at the end of one fixed window, and three requests at the start of the next window.
    let steps = vec![(0, 0), (900_000, 0), (0, 0), (0, 0), (100_000, 0), (0, 0), (0, 0)];
    let admissions = admission_times(&timed, &policy, "a", &steps).await;
    assert!(!is_exact(&admissions, &policy), "{admissions:?}");
}
