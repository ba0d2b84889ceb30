//! How people want to be called and spoken to.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use crate::models::users;
use crate::{errors::AppResult, models::Database};

/// What a person says of themselves.
pub struct Profile {
    pub name: String,
    /// The tag of the language of their pages; nothing for what their browser asks for.
    pub language: Option<String>,
}

impl users::Model {
    /// Takes what the person says of themselves now.
    pub async fn describe(self, db: &Database, profile: Profile, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.into_active_model();
        row.name = Set(profile.name);
        row.language = Set(profile.language);
        row.updated_at = Set(now.into());
        let txn = db.begin_write().await?;
        let user = row.update(&txn).await?;
        txn.commit().await?;
        Ok(user)
    }
}
