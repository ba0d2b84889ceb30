//! A forgotten password: the mail that is asked for, and the choice of another with its token.

use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use super::password::{Choice, Tools};
use crate::errors::AppResult;
use crate::models::{
    Database,
    mails::{self, Ordered},
    one_time_tokens::{self, Purpose},
    request_context::RequestContext,
    security_events::Kind,
    sessions, users,
};

impl users::Model {
    /// Orders the mail with which another password can be chosen, for a canonical address. Known or not,
    /// an address is the same statements here, and one commit.
    ///
    /// # Errors
    /// `service_unavailable` when the database is busy or gone.
    pub async fn forgot_password(db: &Database, email: &str, at: RequestContext<'_>) -> AppResult<Ordered> {
        let txn = db.begin_write().await?;
        let user = Self::find_by_email(&txn, email).await?;
        at.record(&txn, Kind::PasswordResetAsked, user.as_ref()).await?;
        let mail = mails::Model::order(&txn, mails::Kind::Reset, email, at.request_id, at.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Gives the account another password, ends every session of it, and tells its owner. The token
    /// came to the address, so that is shown to be the account's, too.
    ///
    /// # Errors
    /// `validation_error` for a token that is worth nothing or a password that breaks a rule, `service_unavailable` when hashing or the
    /// database is busy or gone.
    pub async fn reset_password(
        db: &Database,
        tools: Tools<'_>,
        choice: Choice<'_>,
        at: RequestContext<'_>,
    ) -> AppResult<(Self, Ordered)> {
        // Before the hash: who has no token costs no work.
        let owner = one_time_tokens::Model::owner(db, Purpose::Reset, choice.token, at.now).await?;
        owner.allow(tools.policy, choice.password)?;
        let password_hash = tools.hasher.hash(choice.password).await?;
        let txn = db.begin_write().await?;
        let user = one_time_tokens::Model::use_up(&txn, Purpose::Reset, choice.token, at.now).await?;
        let verified = user.email_verified_at.unwrap_or_else(|| at.now.into());
        let mut row = user.into_active_model();
        row.password_hash = Set(password_hash);
        row.email_verified_at = Set(Some(verified));
        row.failed_sign_ins = Set(0);
        row.updated_at = Set(at.now.into());
        let user = row.update(&txn).await?;
        sessions::Model::end_all(&txn, &user, None, at.now).await?;
        at.record(&txn, Kind::PasswordReset, Some(&user)).await?;
        mails::Model::withdraw(&txn, mails::Kind::Reset, &user.email, at.now).await?;
        let notice =
            mails::Model::order(&txn, mails::Kind::PasswordChanged, &user.email, at.request_id, at.now).await?;
        txn.commit().await?;
        Ok((user, notice))
    }
}
