//! What the requests carry that are made by mail, and what must hold of it.

use serde::Deserialize;
use validator::Validate;

use super::super::auth::params::{email, present};

/// The address that a mail is asked for.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressParams {
    #[validate(custom(function = email))]
    #[schema(example = "ada@example.org", format = "email", max_length = 254)]
    pub email: String,
}

/// The token out of a mail.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU")]
    pub token: String,
}

/// The token out of a mail, and the password in place of the forgotten one.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetParams {
    #[validate(custom(function = present))]
    #[schema(example = "6ZbT0m1vS4gk0H0b3mYxPzq0mC0m9k7xJm8dY1s0xXU")]
    pub token: String,
    /// 12 to 1024 bytes, any characters; neither one that many people use nor one made of names.
    #[schema(example = "correct horse battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}
