//! Test of the memory of the process. This program contains one test, because other tests would change the memory of the
//! process.

#![cfg(target_os = "linux")]

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    thread::sleep,
    time::{Duration, Instant},
};

use password_pool::{Cost, PasswordPool, PoolOptions};

const OPTIONS: PoolOptions = PoolOptions {
    threads: 2,
    idle_time: Duration::from_millis(10),
    queue_capacity: 2,
    timeout: Duration::from_mins(1),
    cost: Cost { memory_kibibytes: 19_456, passes: 1 },
};
/// Memory that the process may use besides the memory of a hash, in MiB.
const OTHER_MEBIBYTES: u64 = 8;
/// Maximum wait for the release of the memory.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Returns the resident memory of this process in MiB.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "waits for another thread")]
async fn pool_releases_its_memory_when_idle() {
    let pool = PasswordPool::start(OPTIONS, None);
    let maximum = resident().unwrap() + OTHER_MEBIBYTES;
    for _ in 0..6 {
        pool.hash(IpAddr::V4(Ipv4Addr::LOCALHOST), "correct horse battery".to_owned()).await.unwrap();
        let start = Instant::now();
        while resident().unwrap() > maximum {
            assert!(start.elapsed() < MAX_WAIT, "{:?} MiB are in use, at most {maximum} expected", resident());
            sleep(Duration::from_millis(10));
        }
    }
}
