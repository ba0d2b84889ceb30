//! Snapshot redactions for values that change from run to run.
//!
//! Each redaction checks a value before it replaces the value.

use insta::internals::{Content, ContentPath, Redaction};

/// Redacts a UUID after checking that its version is 7.
pub fn id() -> Redaction {
    checked("[id]", |text| uuid::Uuid::parse_str(text).is_ok_and(|id| id.get_version_num() == 7))
}

/// Redacts a UTC time. The time must be in the last ten minutes, with at most microsecond precision.
pub fn time() -> Redaction {
    checked("[time]", |text| {
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest).trim_end_matches('Z');
        let age = chrono::DateTime::parse_from_rfc3339(text).map(|time| ballast::clock::now() - time.to_utc());
        text.ends_with('Z') && fraction.len() <= 6 && age.is_ok_and(|age| (0..600).contains(&age.num_seconds()))
    })
}

/// Redacts a refresh token, which must be 256 random bits in URL-safe base64.
pub fn refresh_token() -> Redaction {
    checked("[refresh token]", |text| {
        text.len() == 43 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    })
}

/// Redacts an access token, which must be a JWT with three parts in URL-safe base64.
pub fn access_token() -> Redaction {
    checked("[access token]", |text| text.split('.').count() == 3 && text.len() > 100)
}

fn checked(placeholder: &'static str, is_valid: impl Fn(&str) -> bool + Send + Sync + 'static) -> Redaction {
    insta::dynamic_redaction(move |value: Content, path: ContentPath<'_>| {
        let text = value.as_str().unwrap_or_else(|| panic!("{path} is not a string"));
        assert!(is_valid(text), "{path} is {text}, not {placeholder}");
        placeholder
    })
}
