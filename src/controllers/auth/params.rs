//! What the account's requests carry, and what must hold of it.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::super::extractors::ensure;
use crate::password;

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
    /// 12 to 1024 bytes; any characters.
    #[validate(custom(function = password_choice))]
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
    #[schema(example = "correct horse battery staple", format = "password", max_length = 1024)]
    pub password: String,
}

/// Stays signed in.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU")]
    pub refresh_token: String,
}

fn name(value: &str) -> Result<(), ValidationError> {
    let count = value.trim().chars().count();
    ensure((1..=NAME_CHARACTERS).contains(&count), "length", "must have 1 to 100 characters")?;
    ensure(!value.chars().any(char::is_control), "characters", "must not have control characters")
}

fn email(value: &str) -> Result<(), ValidationError> {
    use validator::ValidateEmail;
    let trimmed = value.trim();
    ensure(trimmed.len() <= EMAIL_BYTES && trimmed.validate_email(), "email", "must be an e-mail address")
}

fn present(value: &str) -> Result<(), ValidationError> {
    ensure(!value.trim().is_empty(), "required", "must not be empty")
}

fn password_size(value: &str) -> Result<(), ValidationError> {
    present(value)?;
    ensure(value.len() <= password::MAX_BYTES, "max_length", "must be at most 1024 bytes")
}

fn password_choice(value: &str) -> Result<(), ValidationError> {
    password::check(value).map_err(|(code, message)| ValidationError::new(code).with_message(message.into()))
}
