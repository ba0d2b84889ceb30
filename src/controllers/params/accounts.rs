//! Request bodies for accounts, and the validation rules of their fields.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use crate::{
    controllers::extractors::{check, ensure, validators},
    email_address,
    errors::AppResult,
    models::{
        auth_services::AuthServices,
        users::{
            authentication::Credentials, password::ChangeInput, password_reset::ResetInput, profile::Profile,
            registration::NewUser,
        },
    },
    password,
    views::locale::Language,
};

/// Maximum size of a request body, in bytes. A body with the longest name, e-mail address and password is smaller, even
/// if JSON encodes each byte as six bytes.
pub const BODY_BYTES: usize = 16 * 1024;
/// Maximum length of a name, in characters.
const NAME_CHARACTERS: usize = 100;

/// A new user.
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
    /// 12 to 1024 bytes of any characters. Common passwords, and passwords made of names, are rejected.
    #[schema(example = "correct horse battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}

impl RegisterParams {
    /// Returns the user to register if the fields and the password are valid.
    ///
    /// # Errors
    /// `validation_error` with all errors if a field or the password is invalid.
    pub fn validated(&self, auth: &AuthServices) -> AppResult<NewUser<'_>> {
        let new = NewUser { name: &self.name, email: &self.email, password: &self.password };
        check(self, new.check_policy(auth).err().map(|violation| violation.of("password")))?;
        Ok(new)
    }
}

/// E-mail address and password. Only the lengths are validated, because other invalid values match no account.
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

impl LoginParams {
    /// Returns the credentials.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials { email: &self.email, password: &self.password }
    }
}

/// A refresh token.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU", min_length = 1)]
    pub refresh_token: String,
}

/// Name and language of the user.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfileParams {
    #[validate(custom(function = name))]
    pub name: String,
    /// Tag of a supported language. If the tag is empty, pages use the language that the browser prefers.
    #[validate(custom(function = language))]
    pub language: String,
}

impl From<ProfileParams> for Profile {
    fn from(params: ProfileParams) -> Self {
        let language = Some(params.language).filter(|tag| !tag.is_empty());
        Self { name: params.name.trim().to_owned(), language }
    }
}

/// The current password and the new password.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordParams {
    #[validate(custom(function = password_size))]
    #[schema(example = "correct horse battery staple", format = "password", max_length = 1024)]
    pub current_password: String,
    /// 12 to 1024 bytes of any characters. Common passwords, and passwords made of names, are rejected.
    #[schema(example = "incorrect pony battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}

impl PasswordParams {
    /// Returns both passwords.
    #[must_use]
    pub fn change(&self) -> ChangeInput<'_> {
        ChangeInput { current: &self.current_password, new: &self.password }
    }
}

/// The current password, which confirms the deletion.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalParams {
    #[validate(custom(function = password_size))]
    #[schema(example = "correct horse battery staple", format = "password", max_length = 1024)]
    pub password: String,
}

/// The e-mail address of an account.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressParams {
    #[validate(custom(function = email))]
    #[schema(example = "ada@example.org", format = "email", max_length = 254)]
    pub email: String,
}

/// The token of an e-mail.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU")]
    pub token: String,
}

/// The token of an e-mail, and the new password.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU")]
    pub token: String,
    /// 12 to 1024 bytes of any characters. Common passwords, and passwords made of names, are rejected.
    #[schema(example = "correct horse battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}

impl ResetParams {
    /// Returns the token and the password.
    #[must_use]
    pub fn input(&self) -> ResetInput<'_> {
        ResetInput { token: &self.token, password: &self.password }
    }
}

fn language(value: &str) -> Result<(), ValidationError> {
    let known = value.is_empty() || Language::ALL.iter().any(|language| language.tag() == value);
    ensure(known, "language", "must be a supported language")
}

fn name(value: &str) -> Result<(), ValidationError> {
    validators::line_up_to(value, NAME_CHARACTERS)
}

fn email(value: &str) -> Result<(), ValidationError> {
    ensure(email_address::parse(value).is_some(), "email", "must be an e-mail address")
}

fn present(value: &str) -> Result<(), ValidationError> {
    ensure(!value.trim().is_empty(), "required", "must not be empty")
}

fn password_size(value: &str) -> Result<(), ValidationError> {
    present(value)?;
    ensure(!password::too_long(value), "max_length", "must be at most 1024 bytes")
}
