//! What the account's own requests carry, and what must hold of it.

use serde::Deserialize;
use validator::Validate;

use super::super::auth::params::password_size;

/// The old password and the new one.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordParams {
    #[validate(custom(function = password_size))]
    #[schema(example = "correct horse battery staple", format = "password", max_length = 1024)]
    pub current_password: String,
    /// 12 to 1024 bytes, any characters; neither one that many people use nor one made of names.
    #[schema(example = "incorrect pony battery staple", format = "password", min_length = 12, max_length = 1024)]
    pub password: String,
}

/// The password, to show that it is the owner who asks.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalParams {
    #[validate(custom(function = password_size))]
    #[schema(example = "correct horse battery staple", format = "password", max_length = 1024)]
    pub password: String,
}
