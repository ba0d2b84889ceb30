//! The cookies of our pages, as they stand in headers: who is signed in, and whose form it is.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::Duration;

/// Characters of a secret: 32 bytes in base64 for addresses.
const LENGTH: usize = 43;
const SESSION: &str = "ballast";
const FORM: &str = "ballast-form";

/// How our cookies are named and marked.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// Secure ones go over TLS alone and bear a prefix that no other host can set
    /// (draft-ietf-httpbis-rfc6265bis section 4.1.3).
    #[must_use]
    pub const fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The secret of the session.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<&str> {
        secret(headers, &self.name(SESSION))
    }

    /// What binds forms to a browser in which nobody is signed in.
    #[must_use]
    pub fn form(self, headers: &HeaderMap) -> Option<&str> {
        secret(headers, &self.name(FORM))
    }

    /// Keeps a session for as long as it can live.
    #[must_use]
    pub fn keep_session(self, secret: &str, lifetime: Duration) -> Option<HeaderValue> {
        self.set(SESSION, secret, &format!("; Max-Age={}", lifetime.num_seconds()))
    }

    /// Forgets the session.
    #[must_use]
    pub fn forget_session(self) -> Option<HeaderValue> {
        self.set(SESSION, "", "; Max-Age=0")
    }

    /// Keeps what binds forms, until the browser closes.
    #[must_use]
    pub fn keep_form(self, secret: &str) -> Option<HeaderValue> {
        self.set(FORM, secret, "")
    }

    fn set(self, name: &str, value: &str, age: &str) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.name(name));
        HeaderValue::from_str(&cookie).ok()
    }

    fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// The value of this name, if it stands once and can be one of ours.
fn secret<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs =
        headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|s| s.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(found, _)| *found == name);
    let (_, value) = named.next()?;
    (named.next().is_none() && is_secret(value)).then_some(value)
}

fn is_secret(value: &str) -> bool {
    value.len() == LENGTH && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

    fn asked(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (header::COOKIE, cookie.parse().unwrap())).collect()
    }

    #[test]
    fn a_session_is_kept_with_every_mark() {
        let kept = |secure| Cookies::new(secure).keep_session(SECRET, Duration::days(30)).unwrap();
        let marks = "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000";
        assert_eq!(kept(true), format!("__Host-ballast={SECRET}; {marks}"));
        assert_eq!(kept(false), format!("ballast={SECRET}; {}", marks.replace("; Secure", "")));
    }

    #[test]
    fn a_secret_is_read_where_it_stands_once_and_can_be_one() {
        let ours = format!("__Host-ballast={SECRET}");
        let read = |cookies: &[&str]| Cookies::new(true).session(&asked(cookies)).map(str::to_owned);
        assert_eq!(read(&[&format!("a=b; {ours}; c=d")]).as_deref(), Some(SECRET));
        assert_eq!(read(&["a=b", &ours]).as_deref(), Some(SECRET));
        let plain = format!("ballast={SECRET}");
        let long = format!("{ours}f");
        for cookies in
            [&[][..], &[plain.as_str()], &[long.as_str()], &["__Host-ballast="], &[ours.as_str(), ours.as_str()]]
        {
            assert_eq!(read(cookies), None, "{cookies:?}");
        }
    }
}
