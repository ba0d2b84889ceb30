//! What a value of each kind may be, so that every database keeps it and shows it alike.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use sea_orm::prelude::Decimal;
use serde_json::Value;
use validator::ValidationError;

use super::ensure;
use crate::views::{base64::Base64, decimal_string::DecimalString};

/// Characters of a line at most.
pub const MAX_LINE_CHARACTERS: usize = 255;
/// Bytes of a text at most.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Digits that SQLite, which keeps decimals as floating-point numbers, gives back as they were.
pub const MAX_DIGITS: u32 = 15;

type Verdict = Result<(), ValidationError>;

/// One line of 1 to 255 characters, whatever white space is around it.
///
/// # Errors
/// `length`, `characters`.
pub fn line(value: &str) -> Verdict {
    let count = value.trim().chars().count();
    ensure((1..=MAX_LINE_CHARACTERS).contains(&count), "length", "must have 1 to 255 characters")?;
    ensure(!value.chars().any(char::is_control), "characters", "must not contain control characters")
}

/// Text of up to 64 KiB.
///
/// # Errors
/// `max_length`, `characters`.
pub fn text(value: &str) -> Verdict {
    ensure(value.len() <= MAX_TEXT_BYTES, "max_length", "must be at most 65536 bytes")?;
    // PostgreSQL stores no NUL, and no text needs one.
    ensure(!value.contains('\0'), "characters", "must not contain NUL characters")
}

/// A number from 0 on.
///
/// # Errors
/// `min`.
pub fn not_negative(value: impl Into<i64>) -> Verdict {
    ensure(value.into() >= 0, "min", "must not be negative")
}

/// A number that its type can hold: a greater one would be infinite.
///
/// # Errors
/// `range`.
pub fn finite(value: impl Into<f64>) -> Verdict {
    ensure(value.into().is_finite(), "range", "must be a finite number")
}

/// A decimal of up to 15 digits.
///
/// # Errors
/// `digits`.
pub fn decimal(value: &DecimalString) -> Verdict {
    digits(value.0, MAX_DIGITS, MAX_DIGITS)
}

/// A decimal with so many digits, of them so many behind the point; never more than 15.
///
/// # Errors
/// `digits`.
pub fn decimal_of(value: &DecimalString, precision: u32, scale: u32) -> Verdict {
    digits(value.0, precision.saturating_sub(scale), scale)
}

fn digits(value: Decimal, before: u32, behind: u32) -> Verdict {
    let value = value.normalize();
    let whole = value.trunc().mantissa().unsigned_abs();
    let fits = value.scale() <= behind
        && 10_u128.checked_pow(before).is_none_or(|end| whole < end)
        && value.mantissa().unsigned_abs() < 10_u128.pow(MAX_DIGITS);
    ensure(fits, "digits", "must not exceed the documented number of digits")
}

/// A day of the years 1 to 9999: RFC 3339 writes four digits.
///
/// # Errors
/// `range`.
pub fn day(value: &NaiveDate) -> Verdict {
    four_digits(value)
}

fn four_digits(value: &impl Datelike) -> Verdict {
    ensure((1..=9999).contains(&value.year()), "range", "must be in the years 1 to 9999")
}

/// A time of day, without the leap second that a database has no place for.
///
/// # Errors
/// `range`.
pub fn time(value: &NaiveTime) -> Verdict {
    no_leap_second(value)
}

fn no_leap_second(value: &impl Timelike) -> Verdict {
    ensure(value.nanosecond() < 1_000_000_000, "range", "must not be a leap second")
}

/// A moment that is a day and a time as above.
///
/// # Errors
/// `range`.
pub fn moment(value: &DateTime<Utc>) -> Verdict {
    four_digits(value)?;
    no_leap_second(value)
}

/// Any JSON but `null`, which stands for no value at all.
///
/// # Errors
/// `required`, `characters`.
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

/// Bytes, so many at most.
///
/// # Errors
/// `max_length`.
pub fn bytes_up_to(value: &Base64, most: usize) -> Verdict {
    ensure(value.0.len() <= most, "max_length", "must not exceed the documented number of bytes")
}

/// Bytes, exactly so many.
///
/// # Errors
/// `length`.
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
    fn a_decimal_has_as_many_digits_as_are_kept() {
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
    fn a_time_is_one_that_every_database_keeps() {
        let moments = [("0001-01-01T00:00:00Z", true), ("9999-12-31T23:59:59.999999Z", true)];
        let beyond = [("0000-12-31T23:59:59Z", false), ("+10000-01-01T00:00:00Z", false)];
        for (text, fits) in moments.into_iter().chain(beyond).chain([("2016-12-31T23:59:60Z", false)]) {
            assert_eq!(moment(&text.parse::<DateTime<Utc>>().unwrap()).is_ok(), fits, "{text}");
        }
        assert!(time(&"23:59:60".parse::<NaiveTime>().unwrap()).is_err());
        assert!(day(&"0000-02-01".parse::<NaiveDate>().unwrap()).is_err());
    }

    #[test]
    fn json_has_a_value_and_no_nul_however_deep() {
        assert!(json(&json!({ "a": [null, 1, "b"] })).is_ok());
        for no in [json!(null), json!("\0"), json!([{ "a": ["\0"] }]), json!({ "a\0": 1 })] {
            assert!(json(&no).is_err(), "{no}");
        }
    }

    #[test]
    fn a_number_is_finite_and_one_that_counts_is_not_negative() {
        assert!(finite(f32::MAX).is_ok() && finite(f32::INFINITY).is_err());
        assert!(not_negative(0_i16).is_ok() && not_negative(-1_i64).is_err());
    }
}
