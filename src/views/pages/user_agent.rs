//! Sessions and security events with the browser and the system of the device.

use serde::Serialize;

use crate::{
    models::{security_events, sessions},
    views::{security_events::SecurityEventView, sessions::SessionView},
};

/// Tokens in user agents, each with the name of its browser. The first match determines the browser, because browsers
/// also send the tokens of other browsers.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Tokens in user agents, each with the name of its operating system. The first match determines the system.
const SYSTEMS: [(&str, &str); 8] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];
/// Maximum length of the name of an unknown browser, in characters.
const NAME_CHARACTERS: usize = 40;

/// A session and its device.
#[derive(Debug, Serialize)]
pub struct SessionRow {
    #[serde(flatten)]
    session: SessionView,
    #[serde(flatten)]
    device: Device,
}

impl SessionRow {
    /// Creates the row of a session. `current` is the session of the request.
    #[must_use]
    pub fn of(session: sessions::Model, current: &sessions::Model) -> Self {
        let session = SessionView::of(session, current);
        Self { device: Device::of(&session.user_agent), session }
    }
}

/// A security event and its device.
#[derive(Debug, Serialize)]
pub struct EventRow {
    #[serde(flatten)]
    event: SecurityEventView,
    #[serde(flatten)]
    device: Device,
}

impl From<security_events::Model> for EventRow {
    fn from(event: security_events::Model) -> Self {
        let event = SecurityEventView::from(event);
        Self { device: Device::of(&event.user_agent), event }
    }
}

/// Browser and operating system. If the user agent contains no token of `BROWSERS`, `browser` is the first word of the
/// user agent. If the user agent contains no token of `SYSTEMS`, `system` is empty.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Device {
    browser: String,
    system: &'static str,
}

impl Device {
    fn of(user_agent: &str) -> Self {
        let known = |table: &[(&str, &'static str)]| {
            table.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name)
        };
        let other = || user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(NAME_CHARACTERS).collect();
        Self {
            browser: known(&BROWSERS).map_or_else(other, str::to_owned),
            system: known(&SYSTEMS).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn device_is_identified_by_its_user_agent() {
        let table = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
            ),
            ("curl/8.9.1", "curl", ""),
            ("", "", ""),
        ];
        for (user_agent, browser, system) in table {
            assert_eq!(Device::of(user_agent), Device { browser: browser.to_owned(), system }, "{user_agent}");
        }
    }
}
