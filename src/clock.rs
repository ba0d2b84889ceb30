//! Wall clock with the microsecond precision of the databases. A stored time therefore equals the returned time.

use chrono::{DateTime, SubsecRound, Utc};

/// Returns the current time in UTC, truncated to microseconds.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this function is the only reader of the system clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
