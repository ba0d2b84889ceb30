//! Validation rules for field types. Every supported database stores and returns a valid value unchanged.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use sea_orm::prelude::Decimal;
use serde_json::Value;
use validator::ValidationError;

use super::ensure;
use crate::views::{base64::Base64, decimal_string::DecimalString};

/// Maximum length of a line, in characters.
pub const MAX_LINE_CHARACTERS: usize = 255;
/// Maximum size of a text, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Maximum number of digits of a decimal. SQLite stores decimals as floating-point numbers, which are exact up to 15
/// digits.
pub const MAX_DIGITS: u32 = 15;

type Verdict = Result<(), ValidationError>;

/// Accepts one line of 1 to 255 characters with the rules of [`line_up_to`].
pub fn line(value: &str) -> Verdict {
    line_up_to(value, MAX_LINE_CHARACTERS)
}

/// Accepts one line of 1 to `max` characters. White space and byte order marks around the line are not counted.
///
/// # Errors
/// `length` if the line is empty or too long, `characters` if the line contains control characters.
pub fn line_up_to(value: &str, max: usize) -> Verdict {
    let count = value.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').chars().count();
    ensure((1..=max).contains(&count), "length", format!("must have 1 to {max} characters"))?;
    ensure(!value.chars().any(char::is_control), "characters", "must not contain control characters")
}

/// Accepts a text of up to 64 KiB with the rules of [`text_up_to`].
pub fn text(value: &str) -> Verdict {
    text_up_to(value, MAX_TEXT_BYTES)
}

/// Accepts a text of up to `max` bytes.
///
/// # Errors
/// `max_length` if the text is too long, `characters` if the text contains NUL characters.
pub fn text_up_to(value: &str, max: usize) -> Verdict {
    ensure(value.len() <= max, "max_length", format!("must be at most {max} bytes"))?;
    // PostgreSQL cannot store NUL characters in text.
    ensure(!value.contains('\0'), "characters", "must not contain NUL characters")
}

/// Accepts an integer of at least 0.
///
/// # Errors
/// `min` if the integer is negative.
pub fn not_negative(value: impl Into<i64>) -> Verdict {
    ensure(value.into() >= 0, "min", "must not be negative")
}

/// Accepts a finite number. A number outside the range of the type is parsed as infinite.
///
/// # Errors
/// `range` if the number is infinite.
pub fn finite(value: impl Into<f64>) -> Verdict {
    ensure(value.into().is_finite(), "range", "must be a finite number")
}

/// Accepts a decimal of up to 15 digits.
///
/// # Errors
/// `digits` if the decimal has more than 15 digits.
pub fn decimal(value: &DecimalString) -> Verdict {
    digits(value.0, MAX_DIGITS, MAX_DIGITS)
}

/// Accepts a decimal of up to `precision` digits (maximum 15), with up to `scale` digits after the point.
///
/// # Errors
/// `digits` if the decimal has too many digits before or after the point.
pub fn decimal_of(value: &DecimalString, precision: u32, scale: u32) -> Verdict {
    digits(value.0, precision.saturating_sub(scale), scale)
}

fn digits(value: Decimal, before: u32, after: u32) -> Verdict {
    let value = value.normalize();
    let whole = value.trunc().mantissa().unsigned_abs();
    let fits = value.scale() <= after
        && 10_u128.checked_pow(before).is_none_or(|end| whole < end)
        && value.mantissa().unsigned_abs() < 10_u128.pow(MAX_DIGITS);
    ensure(fits, "digits", "must not exceed the documented number of digits")
}

/// Accepts a date in the years 1 to 9999, because a year in RFC 3339 has four digits.
///
/// # Errors
/// `range` if the year is not in the range 1 to 9999.
pub fn day(value: &NaiveDate) -> Verdict {
    four_digits(value)
}

fn four_digits(value: &impl Datelike) -> Verdict {
    ensure((1..=9999).contains(&value.year()), "range", "must be in the years 1 to 9999")
}

/// Accepts a time of day, except a leap second, because databases cannot store leap seconds.
///
/// # Errors
/// `range` if the time is a leap second.
pub fn time(value: &NaiveTime) -> Verdict {
    no_leap_second(value)
}

fn no_leap_second(value: &impl Timelike) -> Verdict {
    ensure(value.nanosecond() < 1_000_000_000, "range", "must not be a leap second")
}

/// Accepts a timestamp with a valid day and a valid time of day.
///
/// # Errors
/// `range` if the year is not in the range 1 to 9999, or if the time is a leap second.
pub fn moment(value: &DateTime<Utc>) -> Verdict {
    four_digits(value)?;
    no_leap_second(value)
}

/// Accepts any JSON value without NUL characters, except `null`, because `null` means that there is no value.
///
/// # Errors
/// `required` if the value is `null`, `characters` if a string contains NUL characters.
pub fn json(value: &Value) -> Verdict {
    ensure(!value.is_null(), "required", "must not be null")?;
    ensure(!has_nul(value), "characters", "must not contain NUL characters")
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// Accepts up to `max` bytes.
///
/// # Errors
/// `max_length` if the value has more than `max` bytes.
pub fn bytes_up_to(value: &Base64, max: usize) -> Verdict {
    ensure(value.0.len() <= max, "max_length", "must not exceed the documented number of bytes")
}

/// Accepts exactly `count` bytes.
///
/// # Errors
/// `length` if the value does not have `count` bytes.
pub fn bytes_of(value: &Base64, count: usize) -> Verdict {
    ensure(value.0.len() == count, "length", "must have the documented number of bytes")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(text: &str) -> DecimalString {
        DecimalString(text.parse().unwrap())
    }

    #[test]
    fn decimal_is_rejected_if_it_has_too_many_digits() {
        for (text, fits) in [
            ("123456789012345", true),
            ("1234567890123456", false),
            ("-0.123456789012345", true),
            ("0.1234567890123456", false),
            ("1.500000000000000000", true),
        ] {
            assert_eq!(decimal(&number(text)).is_ok(), fits, "{text}");
        }
        for (text, fits) in [("99.99", true), ("-99.99", true), ("100", false), ("0.001", false), ("1.500", true)] {
            assert_eq!(decimal_of(&number(text), 4, 2).is_ok(), fits, "{text}");
        }
        assert!(decimal_of(&number("1234567890123456"), 30, 0).is_err());
    }

    #[test]
    fn time_is_rejected_if_a_database_cannot_store_it() {
        let moments = [("0001-01-01T00:00:00Z", true), ("9999-12-31T23:59:59.999999Z", true)];
        let beyond = [("0000-12-31T23:59:59Z", false), ("+10000-01-01T00:00:00Z", false)];
        for (text, fits) in moments.into_iter().chain(beyond).chain([("2016-12-31T23:59:60Z", false)]) {
            assert_eq!(moment(&text.parse::<DateTime<Utc>>().unwrap()).is_ok(), fits, "{text}");
        }
        assert!(time(&"23:59:60".parse::<NaiveTime>().unwrap()).is_err());
        assert!(day(&"0000-02-01".parse::<NaiveDate>().unwrap()).is_err());
    }

    #[test]
    fn json_is_rejected_if_it_is_null_or_contains_nul_at_any_depth() {
        assert!(json(&json!({ "a": [null, 1, "b"] })).is_ok());
        for invalid in [json!(null), json!("\0"), json!([{ "a": ["\0"] }]), json!({ "a\0": 1 })] {
            assert!(json(&invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn number_is_rejected_if_it_is_infinite_or_negative() {
        assert!(finite(f32::MAX).is_ok() && finite(f32::INFINITY).is_err());
        assert!(not_negative(0_i16).is_ok() && not_negative(-1_i64).is_err());
    }
}
