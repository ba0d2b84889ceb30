//! Functions that the validation of the settings and the production settings check share.

use std::ops::RangeInclusive;

/// Returns `message` as an error if the condition is false.
pub(super) fn ensure(condition: bool, message: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(message.to_owned()) }
}

/// Checks that the value of a variable is within a range.
pub(super) fn within(variable: &str, value: u64, range: RangeInclusive<u64>) -> Result<(), String> {
    let (low, high) = (range.start(), range.end());
    ensure(range.contains(&value), &format!("{variable} must be between {low} and {high}"))
}
