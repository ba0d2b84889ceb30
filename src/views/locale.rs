//! Languages of the web pages, and the choice of a language by `Accept-Language`.

use axum::http::{HeaderMap, header};
use fluent_templates::LanguageIdentifier;

use super::content_negotiation::{lines, weights};

/// Language of the web pages. `assets/i18n` contains all texts in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// All languages. The first one is the default.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Returns the language tag (BCP 47). The folder of the language in `assets/i18n` has the same name.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Returns the language of a tag. The region of the tag is ignored: `de-AT` is German.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Returns the supported language with the highest weight in `Accept-Language`, or the default language.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let mut best = (Self::default(), 0.0);
        for (tag, weight) in lines(headers, &header::ACCEPT_LANGUAGE).flat_map(weights) {
            // Uses the first of several languages with equal weights, because browsers list languages by preference.
            if let Some(language) = Self::of_tag(tag).filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
    }

    /// Returns the identifier for Fluent.
    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_language_is_the_one_with_the_highest_weight() {
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
        let lines = ["en;q=0.5", "de"].map(|line| (header::ACCEPT_LANGUAGE, line.parse().unwrap()));
        assert_eq!(Language::accepted(&lines.into_iter().collect()), Language::German);
    }
}
