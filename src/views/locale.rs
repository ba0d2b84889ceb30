//! The languages that pages speak, and which of them a client asks for.

use axum::http::{HeaderMap, header};
use fluent_templates::LanguageIdentifier;

use super::content_negotiation::{text, weights};

/// A language with all texts in `assets/i18n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// Every language; the first is spoken where none is asked for.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its name in HTML and HTTP (BCP 47), and its folder.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a tag, whatever its region: `de-AT` is German.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one that a request's `Accept-Language` wants most.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let mut best = (Self::default(), 0.0);
        for (tag, weight) in weights(text(headers, &header::ACCEPT_LANGUAGE)) {
            // Of equals the first: browsers list them in order.
            if let Some(language) = Self::of_tag(tag).filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
    }

    /// As Fluent knows it.
    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_wanted_most_is_spoken() {
        let table = [
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("en;q=0.2, de;q=0.7", Language::German),
            ("fr, it;q=0.5, DE;q=0.1", Language::German),
            ("de;q=0, en", Language::English),
            ("fr", Language::English),
            ("*", Language::English),
            ("", Language::English),
            (";;q=,,=de", Language::English),
        ];
        for (accepted, language) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(Language::accepted(&headers), language, "{accepted}");
        }
    }
}
