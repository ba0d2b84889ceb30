//! Wall clock with the precision of the databases, so that a stored time equals the returned time.

use chrono::{DateTime, SubsecRound, Utc};

/// Returns the current time in UTC, truncated to microseconds.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this function is the only reader of the system clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
