//! Case folding of texts that are searched. The service folds texts itself instead of in SQL, because SQLite folds only
//! ASCII, and PostgreSQL folds as its locale specifies.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Returns the folded form of a text. Texts that differ only in case or in their Unicode encoding have the same folded
/// form (Unicode Standard, definition D146). The folded form is composed (NFKC).
///
/// After a change of this function, a migration must fold the stored texts again.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfd().default_case_fold().nfkd().default_case_fold().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn fold_returns_equal_texts_for_other_cases_and_encodings() {
        let table = [
            ("Überblick", "überblick"),
            ("U\u{308}berblick", "überblick"),
            ("ОТЧЁТ", "отчёт"),
            ("Éclair", "éclair"),
            ("E\u{301}CLAIR", "éclair"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("STRAẞE", "strasse"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("Ａ４％", "a4%"),
            ("o\u{fb03}ce", "office"),
            ("a\u{a0}b", "a b"),
            ("文書", "文書"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(fold(text), expected, "{text}");
            assert_eq!(fold(expected), expected, "{text}");
        }
    }
}
