//! Where somebody is or was signed in, in words that they know the device by.

use serde::Serialize;

use crate::{
    models::{security_events, sessions},
    views::{security_events::SecurityEventView, sessions::SessionView},
};

/// What browsers call themselves, and how people know them; the first that fits counts, for each also
/// names those that it wants to be taken for.
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
/// Characters of any other program's name.
const NAME_CHARACTERS: usize = 40;

/// A session, and what it runs on.
#[derive(Debug, Serialize)]
pub struct SessionRow {
    #[serde(flatten)]
    session: SessionView,
    #[serde(flatten)]
    device: Device,
}

impl SessionRow {
    /// A session as seen from another, or from itself.
    #[must_use]
    pub fn of(session: sessions::Model, current: &sessions::Model) -> Self {
        let session = SessionView::of(session, current);
        Self { device: Device::of(&session.user_agent), session }
    }
}

/// Something that happened, and on what.
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

/// A program and its system; empty where they do not say.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Device {
    browser: String,
    system: &'static str,
}

impl Device {
    fn of(user_agent: &str) -> Self {
        let known = |table: &[(&str, &'static str)]| {
            table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
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
    fn a_device_is_known_by_what_it_is_called() {
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
