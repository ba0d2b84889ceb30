//! Tests of the ranges of policies, the values of headers, and the absence of clocks.

use std::{
    fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{LimitStatus, Policy, PolicyError};

fn policy(name: &'static str, requests: u32, window: Duration) -> Result<Policy, PolicyError> {
    Policy::new(name, NonZeroU32::new(requests).unwrap(), window)
}

#[test]
fn policy_rejects_names_and_numbers_outside_its_ranges() {
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
fn headers_contain_the_policy_and_the_status_of_the_key() {
    let login = policy("login", 5, Duration::from_mins(1)).unwrap();
    let status = LimitStatus::new(login, 4, Duration::from_secs(37));
    assert_eq!(status.policy_header(), "\"login\";q=5;w=60");
    assert_eq!(status.limit_header(), "\"login\";r=4;t=37");
}

#[test]
fn retry_after_rounds_up_and_is_never_zero() {
    let login = policy("login", 5, Duration::from_mins(1)).unwrap();
    for (micros, seconds) in [(0, 1), (1, 1), (1_000_000, 1), (1_000_001, 2), (59_999_999, 60)] {
        let status = LimitStatus::new(login, 0, Duration::from_micros(micros));
        assert_eq!(status.retry_after(), seconds, "{micros} µs");
    }
}

/// Returns the source files of the crate, except the tests.
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

/// The crate must read no clock, so that a change of the wall clock changes no decision.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads no settings")]
fn crate_reads_no_clock() {
    // Read at run time, because clones with one shared target folder can run the same test program.
    let sources = sources(&Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("src"));
    assert!(sources.len() > 15, "only {} files were found", sources.len());
    for (path, source) in sources {
        assert!(!source.contains("SystemTime") && !source.contains("::now()"), "{}", path.display());
    }
}
