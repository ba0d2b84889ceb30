//! Rules that the checks of the settings share.

use std::ops::RangeInclusive;

/// Returns `message` as an error if the rule does not hold.
pub(super) fn ensure(holds: bool, message: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message.to_owned()) }
}

/// Checks that the number of a variable is within a range.
pub(super) fn within(variable: &str, value: u64, range: RangeInclusive<u64>) -> Result<(), String> {
    let (low, high) = (range.start(), range.end());
    ensure(range.contains(&value), &format!("{variable} must be from {low} to {high}"))
}
