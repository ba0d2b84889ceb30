//! Name and language of a user.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use super::Model;
use crate::{errors::AppResult, models::Database};

/// Fields that a user can edit.
pub struct Profile {
    pub name: String,
    /// Language tag for the web pages. If `None`, the web pages use the language of the browser.
    pub language: Option<String>,
}

impl Model {
    /// Stores the profile.
    pub async fn update_profile(self, db: &Database, profile: Profile, now: DateTime<Utc>) -> AppResult<Self> {
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
