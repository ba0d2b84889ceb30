//! Users, and the search for a user by e-mail address.

pub mod account_limits;
pub mod authentication;
mod deletion;
mod email_verification;
pub mod failed_login_monitor;
pub mod lockout;
pub mod new_password;
pub mod password;
pub mod password_reset;
pub mod profile;
pub mod registration;

use sea_orm::{ConnectionTrait, entity::prelude::*};

pub use super::_entities::users::{ActiveModel, Column, Entity, Model};
use super::without_nul;
use crate::errors::AppResult;

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the user whose canonical e-mail address is `email`.
    pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> AppResult<Option<Self>> {
        Ok(Entity::find().filter(Column::Email.eq(without_nul(email))).one(db).await?)
    }
}
