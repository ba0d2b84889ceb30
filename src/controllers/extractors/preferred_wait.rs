//! The preference `wait` of a client (RFC 7240 section 4.3).

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};
use tokio::time::Instant;

use crate::{controllers::state::AppState, models::typesettings::Wait};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// Maximum wait in seconds. Shorter than the maximum duration of a request.
const MAX_SECONDS: u64 = 20;

/// Time in seconds for which the client wants to wait for a result, at most 20. `None` without a valid preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreferredWait(Option<u64>);

impl PreferredWait {
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
        let mut preferences = lines.flat_map(|line| line.split(',')).filter_map(|preference| {
            // A preference can have parameters after a semicolon.
            let (name, value) = preference.split(';').next()?.split_once('=')?;
            Some((name.trim(), value.trim().trim_matches('"')))
        });
        let wait = preferences.find(|(name, _)| name.eq_ignore_ascii_case("wait"));
        Self(wait.and_then(|(_, seconds)| seconds.parse().ok()).map(|seconds: u64| seconds.min(MAX_SECONDS)))
    }

    /// Returns the wait for the end of a typesetting. The wait is already over without a valid preference.
    #[must_use]
    pub fn begin(self, state: &AppState) -> Wait {
        Wait {
            ends: state.attempt_ends.clone(),
            until: Instant::now() + Duration::from_secs(self.0.unwrap_or_default()),
            shutdown: state.process.shutdown_requested(),
        }
    }

    /// Adds the header `Preference-Applied` if the client sent a valid preference.
    pub fn add_to(self, headers: &mut HeaderMap) {
        let value = self.0.and_then(|seconds| HeaderValue::try_from(format!("wait={seconds}")).ok());
        if let Some(value) = value {
            headers.insert(PREFERENCE_APPLIED, value);
        }
    }
}

impl<S: Sync> FromRequestParts<S> for PreferredWait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(lines: &[&'static str]) -> Option<u64> {
        let lines = lines.iter().map(|line| (PREFER, HeaderValue::from_static(line)));
        PreferredWait::of(&lines.collect()).0
    }

    #[test]
    fn wait_is_read_from_all_forms_of_the_header_and_limited() {
        assert_eq!(wait(&["wait=5"]), Some(5));
        assert_eq!(wait(&["respond-async, Wait = \"7\"; unit=s"]), Some(7));
        assert_eq!(wait(&["handling=lenient", "wait=0"]), Some(0));
        assert_eq!(wait(&["wait=3600"]), Some(20));
        for ignored in [&[][..], &["respond-async"], &["wait"], &["wait="], &["wait=-1"], &["wait=1.5"], &["await=5"]] {
            assert_eq!(wait(ignored), None, "{ignored:?}");
        }
    }
}
