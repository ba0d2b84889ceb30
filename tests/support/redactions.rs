//! What changes from run to run: each redaction checks what it hides.

use insta::internals::{Content, ContentPath, Redaction};

/// A version 7 UUID.
pub fn id() -> Redaction {
    checked("[id]", |text| uuid::Uuid::parse_str(text).is_ok_and(|id| id.get_version_num() == 7))
}

/// A time of the last ten minutes, in UTC, to the microsecond at most.
pub fn time() -> Redaction {
    checked("[time]", |text| {
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest).trim_end_matches('Z');
        let age = chrono::DateTime::parse_from_rfc3339(text).map(|time| ballast::clock::now() - time.to_utc());
        text.ends_with('Z') && fraction.len() <= 6 && age.is_ok_and(|age| (0..600).contains(&age.num_seconds()))
    })
}

/// 256 random bits in base64 for addresses.
pub fn refresh_token() -> Redaction {
    checked("[refresh token]", |text| {
        text.len() == 43 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    })
}

/// Three parts of base64 for addresses.
pub fn access_token() -> Redaction {
    checked("[access token]", |text| text.split('.').count() == 3 && text.len() > 100)
}

fn checked(shown: &'static str, holds: impl Fn(&str) -> bool + Send + Sync + 'static) -> Redaction {
    insta::dynamic_redaction(move |value: Content, path: ContentPath<'_>| {
        let text = value.as_str().unwrap_or_else(|| panic!("{path} is no text"));
        assert!(holds(text), "{path} is {text}, not {shown}");
        shown
    })
}
