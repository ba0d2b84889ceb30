//! Reads and writes cookies. Defines the session cookie and the CSRF cookie of the web interface.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::Duration;
use cookie::{Cookie, SameSite, time};

/// Length of the secret in a cookie, in characters: 32 bytes in base64url without padding.
const LENGTH: usize = 43;
const SESSION: &str = "ballast";
const FORM: &str = "ballast-form";

/// Reads and writes cookies with the name prefix and the attributes of this server.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// Creates the cookie settings. If `secure` is `true`, cookies have the attribute `Secure` and the name prefix
    /// `__Host-`. Browsers send such cookies over TLS only. The prefix prevents other hosts from setting these cookies
    /// (draft-ietf-httpbis-rfc6265bis section 4.1.3).
    #[must_use]
    pub const fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// Returns the secret of the session cookie. Returns `None` if the cookie is missing, duplicated or malformed.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<&str> {
        self.value(headers, SESSION).filter(|value| is_secret(value))
    }

    /// Returns the secret of the CSRF cookie. If a browser has no session, its CSRF tokens are bound to this secret.
    #[must_use]
    pub fn form(self, headers: &HeaderMap) -> Option<&str> {
        self.value(headers, FORM).filter(|value| is_secret(value))
    }

    /// Returns the header that sets the session cookie for the lifetime of the session.
    #[must_use]
    pub fn keep_session(self, secret: &str, lifetime: Duration) -> Option<HeaderValue> {
        self.set(SESSION, secret, Some(lifetime))
    }

    /// Returns the header that deletes the session cookie.
    #[must_use]
    pub fn forget_session(self) -> Option<HeaderValue> {
        self.set(SESSION, "", Some(Duration::zero()))
    }

    /// Returns the header that sets the CSRF cookie. The cookie ends when the browser closes.
    #[must_use]
    pub fn keep_form(self, secret: &str) -> Option<HeaderValue> {
        self.set(FORM, secret, None)
    }

    /// Returns the value of a cookie. Returns `None` if the cookie is missing or duplicated.
    #[must_use]
    pub fn value<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let name = self.name(name);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut named = lines.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == name);
        let value = named.next()?.value_raw();
        value.filter(|_| named.next().is_none())
    }

    /// Returns the header that sets a cookie. Without a lifetime, the cookie ends when the browser closes.
    #[must_use]
    pub fn set(self, name: &str, value: &str, lifetime: Option<Duration>) -> Option<HeaderValue> {
        let cookie = Cookie::build((self.name(name), value)).secure(self.secure).path("/").http_only(true);
        let mut cookie = cookie.same_site(SameSite::Lax).build();
        cookie.set_max_age(lifetime.map(|lifetime| time::Duration::seconds(lifetime.num_seconds())));
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

fn is_secret(value: &str) -> bool {
    value.len() == LENGTH && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (header::COOKIE, cookie.parse().unwrap())).collect()
    }

    #[test]
    fn session_cookie_has_all_attributes() {
        let cookie = |secure| Cookies::new(secure).keep_session(SECRET, Duration::days(30)).unwrap();
        let attributes = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000";
        assert_eq!(cookie(true), format!("__Host-ballast={SECRET}; {attributes}"));
        assert_eq!(cookie(false), format!("ballast={SECRET}; {}", attributes.replace("; Secure", "")));
    }

    #[test]
    fn session_returns_a_secret_that_is_present_once_and_well_formed() {
        let valid = format!("__Host-ballast={SECRET}");
        let read = |cookies: &[&str]| Cookies::new(true).session(&headers(cookies)).map(str::to_owned);
        assert_eq!(read(&[&format!("a=b; {valid}; c=d")]).as_deref(), Some(SECRET));
        assert_eq!(read(&["a=b", &valid]).as_deref(), Some(SECRET));
        let plain = format!("ballast={SECRET}");
        let long = format!("{valid}f");
        for cookies in
            [&[][..], &[plain.as_str()], &[long.as_str()], &["__Host-ballast="], &[valid.as_str(), valid.as_str()]]
        {
            assert_eq!(read(cookies), None, "{cookies:?}");
        }
    }
}
