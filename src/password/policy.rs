//! What a password may be as a choice: long enough, not too long, not everybody's, not one's own name.

use std::borrow::Cow;

use super::{common, normalised};
use crate::{
    errors::{AppError, Detail},
    settings,
};

/// Bytes of a password at most, composed: longer ones are refused, never cut.
pub const MAX_BYTES: usize = 1024;
/// What people call the service.
const SERVICE: &str = "ballast";
/// A word that is shorter is in too many others to be one's name.
const WORD_CHARACTERS: usize = 3;
/// Characters that a password must have beside the names in it.
const OTHER_CHARACTERS: usize = 8;

/// The rules. Neither kinds of characters nor changes from time to time are among them
/// (NIST SP 800-63B section 3.1.1.2).
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    min_bytes: usize,
}

/// Whose password it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// A rule that a password breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyViolation {
    /// `min_length`, `max_length`, `common` or `personal`.
    pub code: &'static str,
    /// The rule in words.
    pub message: Cow<'static, str>,
}

impl From<&settings::Passwords> for Policy {
    fn from(settings: &settings::Passwords) -> Self {
        Self { min_bytes: settings.min_length }
    }
}

impl Policy {
    /// Whether somebody may choose this password.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, password: &str, owner: Owner<'_>) -> Result<(), PolicyViolation> {
        let password = normalised(password);
        if password.len() > MAX_BYTES {
            return Err(PolicyViolation::new("max_length", format!("must be at most {MAX_BYTES} bytes")));
        }
        if password.len() < self.min_bytes {
            return Err(PolicyViolation::new("min_length", format!("must be at least {} bytes", self.min_bytes)));
        }
        let password = password.to_lowercase();
        if common::holds(&password) {
            return Err(PolicyViolation::new("common", "must not be a common password"));
        }
        if is_made_of(&password, &names(owner)) {
            return Err(PolicyViolation::new(
                "personal",
                "must not consist of your name, your e-mail address or the service name",
            ));
        }
        Ok(())
    }
}

impl PolicyViolation {
    fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// As what is wrong with a field.
    #[must_use]
    pub fn of(self, field: &str) -> Detail {
        Detail { field: field.to_owned(), code: self.code.to_owned(), message: self.message.into_owned() }
    }
}

impl From<PolicyViolation> for AppError {
    /// Of the field `password`.
    fn from(breach: PolicyViolation) -> Self {
        Self::validation(vec![breach.of("password")])
    }
}

/// Whether a password is longer than any that was ever chosen.
#[must_use]
pub fn too_long(password: &str) -> bool {
    normalised(password).len() > MAX_BYTES
}

/// The words that somebody who knows the owner would try, the longest first.
fn names(owner: Owner<'_>) -> Vec<String> {
    let (name, email) = (normalised(owner.name).to_lowercase(), normalised(owner.email).to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    let parts = name.split_whitespace().chain(local.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<String> = [SERVICE, &email, local, &name].into_iter().chain(parts).map(letters).collect();
    words.retain(|word| word.chars().count() >= WORD_CHARACTERS);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Whether what is left beside the words would not do by itself.
fn is_made_of(password: &str, words: &[String]) -> bool {
    let whole = letters(password);
    let rest = words.iter().fold(whole.clone(), |rest, word| rest.replace(word.as_str(), "\0"));
    let others = rest.chars().filter(|c| *c != '\0').count();
    rest != whole && others < OTHER_CHARACTERS
}

/// Letters and digits alone: what stands between them makes no other name.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Owner<'static> = Owner { name: "Ada Lovelace", email: "ada.lovelace@example.org" };

    fn code(password: &str) -> Option<&'static str> {
        Policy { min_bytes: 12 }.check(password, ADA).err().map(|breach| breach.code)
    }

    #[test]
    fn a_password_is_measured_in_bytes_of_its_composed_form() {
        let table = [
            ("", Some("min_length")),
            ("gq7 kx2 mw9", Some("min_length")),
            ("gq7 kx2 mw9p", None),
            // Six composed letters of two bytes, typed as they are and in parts.
            ("éàüöñç", None),
            ("e\u{301}a\u{300}u\u{308}o\u{308}n\u{303}c\u{327}", None),
            ("e\u{301}a\u{300}u\u{308}o\u{308}n\u{303}", Some("min_length")),
            // Wide digits are digits: twelve of three bytes each become twelve of one.
            ("\u{ff17}\u{ff12}\u{ff19}\u{ff14}", Some("min_length")),
            ("\u{1f511}\u{1f41d}\u{1f30d}", None),
            ("      gq7 kx", None),
        ];
        for (password, expected) in table {
            assert_eq!(code(password), expected, "{password:?}");
        }
    }

    #[test]
    fn a_password_of_1024_bytes_is_taken_whole_and_one_of_1025_is_refused() {
        let long = |bytes: usize| "gq7kx2mw9p".chars().cycle().take(bytes).collect::<String>();
        assert_eq!(
            (code(&long(1024)), code(&long(1025)), code(&long(1 << 20))),
            (None, Some("max_length"), Some("max_length"))
        );
        assert_eq!(code(&"e\u{301}".repeat(512)), None, "1024 bytes composed, however it was typed");
        assert_eq!(code(&"\u{fdfa}".repeat(40)), Some("max_length"), "one that grows when composed");
        assert!(too_long(&long(1025)) && !too_long(&"e\u{301}".repeat(512)));
    }

    #[test]
    fn no_kind_of_character_is_asked_for() {
        for password in ["allsmalllettersofone", "72946105837465", "ONLY CAPITALS HERE", "!?;:,.-_#+*~'"] {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[test]
    fn one_s_own_names_and_the_service_s_are_no_password() {
        for password in [
            "adalovelace1",
            "Ada.Lovelace1815",
            "ada-lovelace!!",
            "lovelace_2026!",
            "LOVELACE LOVELACE",
            "ballast ballast ballast",
            "ada.lovelace@example.org",
            "AdaLovelace-Ballast",
            "\u{ff21}da Lovelace 1",
        ] {
            assert_eq!(code(password), Some("personal"), "{password}");
        }
    }

    #[test]
    fn a_password_may_hold_a_name_beside_enough_else() {
        for password in ["lovelace writes the first program", "ballast of the seven ships", "canada dry and cold"] {
            assert_eq!(code(password), None, "{password}");
        }
        let li = Owner { name: "Li Wu", email: "li@example.org" };
        assert!(Policy { min_bytes: 12 }.check("limonade sauer", li).is_ok(), "two letters are nobody's name");
    }

    #[test]
    fn the_reason_is_told_and_the_password_is_not() {
        let error = AppError::from(Policy { min_bytes: 15 }.check("gq7 kx2 mw9p", ADA).unwrap_err());
        assert_eq!(
            (error.details[0].field.as_str(), error.details[0].message.as_str()),
            ("password", "must be at least 15 bytes")
        );
    }
}
