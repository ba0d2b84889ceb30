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
/// Maximum wait, in seconds.
const MAX_SECONDS: u64 = 20;
/// Minimum time between the end of the wait and the maximum duration of the request, in seconds.
const MARGIN_SECONDS: u64 = 2;

/// Wait for the end of a typesetting that the client prefers: at most 20 s, and at most the maximum duration of a request
/// minus 2 s.
pub struct PreferredWait {
    /// `None` if the response is sent immediately.
    pub wait: Option<Wait>,
    /// Header `Preference-Applied`. `None` without a valid preference, and if too many requests already wait.
    pub applied: Option<[(HeaderName, HeaderValue); 1]>,
}

impl FromRequestParts<AppState> for PreferredWait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let Some(seconds) = seconds(&parts.headers, state.request_timeout()) else {
            return Ok(Self { wait: None, applied: None });
        };
        let until = Instant::now() + Duration::from_secs(seconds);
        let wait = state.waits.begin(until, state.process.shutdown_requested());
        let applied = wait.is_some() || seconds == 0;
        let value = HeaderValue::try_from(format!("wait={seconds}")).ok().filter(|_| applied);
        Ok(Self { wait, applied: value.map(|value| [(PREFERENCE_APPLIED, value)]) })
    }
}

/// Returns the preferred wait within the limits, or `None` without a valid preference.
fn seconds(headers: &HeaderMap, timeout: Duration) -> Option<u64> {
    let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
    let mut preferences = lines.flat_map(|line| line.split(',')).filter_map(|preference| {
        // A preference can have parameters after a semicolon.
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    });
    let (_, wait) = preferences.find(|(name, _)| name.eq_ignore_ascii_case("wait"))?;
    Some(wait.parse::<u64>().ok()?.min(MAX_SECONDS).min(timeout.as_secs().saturating_sub(MARGIN_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(lines: &[&'static str], timeout: u64) -> Option<u64> {
        let lines = lines.iter().map(|line| (PREFER, HeaderValue::from_static(line)));
        seconds(&lines.collect(), Duration::from_secs(timeout))
    }

    #[test]
    fn wait_is_read_from_all_forms_of_the_header() {
        assert_eq!(wait(&["wait=5"], 30), Some(5));
        assert_eq!(wait(&["respond-async, Wait = \"7\"; unit=s"], 30), Some(7));
        assert_eq!(wait(&["handling=lenient", "wait=0"], 30), Some(0));
        for ignored in [&[][..], &["respond-async"], &["wait"], &["wait="], &["wait=-1"], &["wait=1.5"], &["await=5"]] {
            assert_eq!(wait(ignored, 30), None, "{ignored:?}");
        }
    }

    #[test]
    fn wait_ends_before_the_request_timeout() {
        assert_eq!([30, 22, 21, 10, 2, 1].map(|timeout| wait(&["wait=3600"], timeout).unwrap()), [20, 20, 19, 8, 0, 0]);
    }
}
