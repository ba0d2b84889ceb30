//! What policies accept and what headers say.

use std::{
    fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Policy, PolicyError, Standing};

fn policy(name: &'static str, requests: u32, window: Duration) -> Result<Policy, PolicyError> {
    Policy::new(name, NonZeroU32::new(requests).unwrap(), window)
}

#[test]
fn a_policy_has_a_plain_name_and_numbers_within_its_limits() {
    let minute = Duration::from_mins(1);
    for name in ["", "Login", "log in", "log\"in", "log\\in", "lögin"] {
        assert_eq!(policy(name, 5, minute), Err(PolicyError::Name), "{name:?}");
    }
    assert_eq!(policy("login", 100_001, minute), Err(PolicyError::Requests));
    assert_eq!(policy("login", 5, Duration::from_millis(999)), Err(PolicyError::Window));
    assert_eq!(policy("login", 5, Duration::from_secs(86_401)), Err(PolicyError::Window));
    assert!(policy("login_account-2", 1, Duration::from_secs(1)).is_ok());
    assert!(policy("login", 100_000, Duration::from_hours(24)).is_ok());
}

#[test]
fn headers_name_the_policy_its_numbers_and_where_the_client_stands() {
    let login = policy("login", 5, Duration::from_mins(1)).unwrap();
    let standing = Standing::new(login, 4, Duration::from_secs(37));
    assert_eq!(standing.policy_header(), "\"login\";q=5;w=60");
    assert_eq!(standing.limit_header(), "\"login\";r=4;t=37");
}

#[test]
fn seconds_are_rounded_up_and_never_zero() {
    let login = policy("login", 5, Duration::from_mins(1)).unwrap();
    for (micros, seconds) in [(0, 1), (1, 1), (1_000_000, 1), (1_000_001, 2), (59_999_999, 60)] {
        let standing = Standing::new(login, 0, Duration::from_micros(micros));
        assert_eq!(standing.retry_after(), seconds, "{micros} µs");
    }
}

/// The source files of the crate, without those of its tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn the_core_reads_no_clock_so_a_step_of_the_wall_clock_changes_nothing() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 15, "only {} files were found", sources.len());
    for (path, source) in sources {
        assert!(!source.contains("SystemTime") && !source.contains("::now()"), "{}", path.display());
    }
}
