//! Shows that an address is its account's.

use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use crate::errors::AppResult;
use crate::models::{
    Database,
    mails::{self, Ordered},
    one_time_tokens::{self, Purpose},
    request_context::RequestContext,
    security_events::Kind,
    users,
};

impl users::Model {
    /// Enqueues the e-mail that confirms a canonical address. Known and unknown addresses cause the same
    /// statements.
    ///
    /// # Errors
    /// `service_unavailable` if the database is busy or gone.
    pub async fn request_verification(db: &Database, email: &str, at: RequestContext<'_>) -> AppResult<Ordered> {
        let txn = db.begin_write().await?;
        let mail = mails::Model::order(&txn, mails::Kind::Verify, email, at.request_id, at.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Takes the token that was mailed to an address as the proof that it is its account's.
    ///
    /// # Errors
    /// `validation_error` for a token that is worth nothing.
    pub async fn verify(db: &Database, token: &str, at: RequestContext<'_>) -> AppResult<Self> {
        // Before the lock: who has no token keeps nobody from writing.
        one_time_tokens::Model::owner(db, Purpose::Verify, token, at.now).await?;
        let txn = db.begin_write().await?;
        let user = one_time_tokens::Model::use_up(&txn, Purpose::Verify, token, at.now).await?;
        let verified = user.email_verified_at.unwrap_or_else(|| at.now.into());
        let mut row = user.into_active_model();
        row.email_verified_at = Set(Some(verified));
        row.updated_at = Set(at.now.into());
        let user = row.update(&txn).await?;
        at.record(&txn, Kind::EmailVerified, Some(&user)).await?;
        txn.commit().await?;
        Ok(user)
    }
}
