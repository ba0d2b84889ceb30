//! What the account's requests carry, and what must hold of it.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::super::extractors::ensure;
use crate::{
    models::users::{canonical_email, profile::Profile},
    password,
    views::locale::Language,
};

/// Bytes of an address at most (RFC 5321 section 4.5.3.1.3, without its brackets).
const EMAIL_BYTES: usize = 254;
/// Characters of a name at most.
const NAME_CHARACTERS: usize = 100;

/// Opens an account.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterParams {
    /// 1 to 100 characters.
    #[validate(custom(function = name))]
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 100)]
    pub name: String,
    #[validate(custom(function = email))]
    #[schema(example = "ada@example.org", format = "email", max_length = 254)]
    pub email: String,
    /// 12 to 1024 bytes, any characters; neither one that many people use nor one made of names.
    #[schema(example = "correct horse battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}

/// Signs in. Nothing is checked but the size: what does not fit is simply wrong.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginParams {
    #[validate(custom(function = present))]
    #[schema(example = "ada@example.org", format = "email")]
    pub email: String,
    #[validate(custom(function = password_size))]
    #[schema(example = "correct horse battery staple", format = "password", min_length = 1, max_length = 1024)]
    pub password: String,
}

/// Stays signed in.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU", min_length = 1)]
    pub refresh_token: String,
}

/// How a person wants to be called and spoken to.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfileParams {
    #[validate(custom(function = name))]
    pub name: String,
    /// The tag of a language of ours; empty for what the browser asks for.
    #[validate(custom(function = language))]
    pub language: String,
}

impl From<ProfileParams> for Profile {
    fn from(params: ProfileParams) -> Self {
        let language = Some(params.language).filter(|tag| !tag.is_empty());
        Self { name: params.name.trim().to_owned(), language }
    }
}

fn language(value: &str) -> Result<(), ValidationError> {
    let known = value.is_empty() || Language::ALL.iter().any(|language| language.tag() == value);
    ensure(known, "language", "must be a supported language")
}

fn name(value: &str) -> Result<(), ValidationError> {
    let count = value.trim().chars().count();
    ensure((1..=NAME_CHARACTERS).contains(&count), "length", "must have 1 to 100 characters")?;
    ensure(!value.chars().any(char::is_control), "characters", "must not contain control characters")
}

pub(in crate::controllers) fn email(value: &str) -> Result<(), ValidationError> {
    use validator::ValidateEmail;
    let trimmed = value.trim();
    // The library takes anything before an address literal; nobody's mailbox has one.
    let sound = !trimmed.contains(|c: char| c == '[' || c.is_control() || c.is_whitespace());
    ensure(sound && fits(trimmed) && trimmed.validate_email(), "email", "must be an e-mail address")
}

/// As it is given and as it is stored, which may be longer.
fn fits(email: &str) -> bool {
    email.len() <= EMAIL_BYTES && canonical_email(email).len() <= EMAIL_BYTES
}

pub(in crate::controllers) fn present(value: &str) -> Result<(), ValidationError> {
    ensure(!value.trim().is_empty(), "required", "must not be empty")
}

pub(in crate::controllers) fn password_size(value: &str) -> Result<(), ValidationError> {
    present(value)?;
    ensure(!password::too_long(value), "max_length", "must be at most 1024 bytes")
}
