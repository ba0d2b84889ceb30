//! Password policy: rejects passwords that are too short, too long, common or derived from names.

use std::borrow::Cow;

use super::{blocklist, normalized};
use crate::{
    errors::{AppError, Detail},
    settings,
};

/// Maximum length of a password in NFKC, in bytes. Longer passwords are rejected instead of truncated.
pub const MAX_BYTES: usize = 1024;
/// Name of the service.
const SERVICE: &str = "ballast";
/// Minimum length of a name that is checked, in characters. Shorter names are part of many words.
const MIN_NAME_CHARACTERS: usize = 3;
/// Minimum number of other alphanumeric characters in a password that contains a name of the user or of the service.
const MIN_OTHER_CHARACTERS: usize = 8;

/// Password policy. The policy requires neither character classes nor periodic changes (NIST SP 800-63B section
/// 3.1.1.2).
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    min_bytes: usize,
}

/// Name and e-mail address of the owner of a password.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// Rule that a password violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyViolation {
    /// Error code: `min_length`, `max_length`, `common` or `personal`.
    pub code: &'static str,
    /// Message for the user.
    pub message: Cow<'static, str>,
}

impl From<&settings::Passwords> for Policy {
    fn from(settings: &settings::Passwords) -> Self {
        Self { min_bytes: settings.min_length }
    }
}

impl Policy {
    /// Checks whether the owner may choose this password.
    ///
    /// # Errors
    /// Returns the first rule that the password violates.
    pub fn check(&self, password: &str, owner: Owner<'_>) -> Result<(), PolicyViolation> {
        let password = normalized(password);
        if password.len() > MAX_BYTES {
            return Err(PolicyViolation::new("max_length", format!("must be at most {MAX_BYTES} bytes")));
        }
        if password.len() < self.min_bytes {
            return Err(PolicyViolation::new("min_length", format!("must be at least {} bytes", self.min_bytes)));
        }
        let password = password.to_lowercase();
        if blocklist::contains(&password) {
            return Err(PolicyViolation::new("common", "must not be a common password"));
        }
        if derived_from(&password, &names(owner)) {
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

    /// Returns the violation as a validation error for a field.
    #[must_use]
    pub fn of(self, field: &str) -> Detail {
        Detail { field: field.to_owned(), code: self.code.to_owned(), message: self.message.into_owned() }
    }
}

impl From<PolicyViolation> for AppError {
    /// Creates a `validation_error` for the field `password`.
    fn from(violation: PolicyViolation) -> Self {
        Self::validation(vec![violation.of("password")])
    }
}

/// Returns whether a password is longer than the policy permits.
#[must_use]
pub fn too_long(password: &str) -> bool {
    normalized(password).len() > MAX_BYTES
}

/// Returns the names of the owner and of the service, longest first, because a short name may be part of a longer name.
/// Attackers first try passwords that consist of these names.
fn names(owner: Owner<'_>) -> Vec<String> {
    let (name, email) = (normalized(owner.name).to_lowercase(), normalized(owner.email).to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    let parts = name.split_whitespace().chain(local.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<String> = [SERVICE, &email, local, &name].into_iter().chain(parts).map(alphanumeric).collect();
    words.retain(|word| word.chars().count() >= MIN_NAME_CHARACTERS);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Returns whether a password contains one of the words and too few other alphanumeric characters.
fn derived_from(password: &str, words: &[String]) -> bool {
    let whole = alphanumeric(password);
    let rest = words.iter().fold(whole.clone(), |rest, word| rest.replace(word.as_str(), "\0"));
    let others = rest.chars().filter(|c| *c != '\0').count();
    rest != whole && others < MIN_OTHER_CHARACTERS
}

/// Removes all characters that are not alphanumeric, because a name with separators is still the same name.
fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Owner<'static> = Owner { name: "Ada Lovelace", email: "ada.lovelace@example.org" };

    fn code(password: &str) -> Option<&'static str> {
        Policy { min_bytes: 12 }.check(password, ADA).err().map(|violation| violation.code)
    }

    #[test]
    fn length_is_measured_in_bytes_of_the_normalized_password() {
        let table = [
            ("", Some("min_length")),
            ("gq7 kx2 mw9", Some("min_length")),
            ("gq7 kx2 mw9p", None),
            // Six characters of two bytes each, in composed and decomposed form.
            ("éàüöñç", None),
            ("e\u{301}a\u{300}u\u{308}o\u{308}n\u{303}c\u{327}", None),
            ("e\u{301}a\u{300}u\u{308}o\u{308}n\u{303}", Some("min_length")),
            // NFKC converts four full-width digits of three bytes each into four ASCII digits of one byte each.
            ("\u{ff17}\u{ff12}\u{ff19}\u{ff14}", Some("min_length")),
            ("\u{1f511}\u{1f41d}\u{1f30d}", None),
            ("      gq7 kx", None),
        ];
        for (password, expected) in table {
            assert_eq!(code(password), expected, "{password:?}");
        }
    }

    #[test]
    fn password_of_1024_bytes_is_accepted_and_longer_passwords_are_rejected() {
        let long = |bytes: usize| "gq7kx2mw9p".chars().cycle().take(bytes).collect::<String>();
        assert_eq!(
            (code(&long(1024)), code(&long(1025)), code(&long(1 << 20))),
            (None, Some("max_length"), Some("max_length"))
        );
        assert_eq!(code(&"e\u{301}".repeat(512)), None, "1024 bytes in composed form");
        assert_eq!(code(&"\u{fdfa}".repeat(40)), Some("max_length"), "the password grows when it is normalized");
        assert!(too_long(&long(1025)) && !too_long(&"e\u{301}".repeat(512)));
    }

    #[test]
    fn policy_requires_no_character_class() {
        for password in ["allsmalllettersofone", "72946105837465", "ONLY CAPITALS HERE", "!?;:,.-_#+*~'"] {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[test]
    fn password_is_rejected_if_it_consists_of_names() {
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
    fn password_may_contain_a_name_and_enough_other_characters() {
        for password in ["lovelace writes the first program", "ballast of the seven ships", "canada dry and cold"] {
            assert_eq!(code(password), None, "{password}");
        }
        let li = Owner { name: "Li Wu", email: "li@example.org" };
        assert!(Policy { min_bytes: 12 }.check("limonade sauer", li).is_ok(), "names of two characters are ignored");
    }

    #[test]
    fn error_contains_the_rule_without_the_password() {
        let error = AppError::from(Policy { min_bytes: 15 }.check("gq7 kx2 mw9p", ADA).unwrap_err());
        assert_eq!(
            (error.details[0].field.as_str(), error.details[0].message.as_str()),
            ("password", "must be at least 15 bytes")
        );
    }
}
