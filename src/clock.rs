//! The wall clock to the microsecond: what every database keeps, so that a time reads back as it was sent.

use chrono::{DateTime, SubsecRound, Utc};

/// The time now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
