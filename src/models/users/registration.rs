//! Registration: checks the password policy, inserts the user and enqueues an e-mail.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use super::{ActiveModel, Column, Entity, Model};
use crate::{
    email_address,
    errors::{AppError, AppResult},
    models::{
        Database,
        auth_services::AuthServices,
        mails::{self, QueuedMail},
        request_context::RequestContext,
        security_events::EventKind,
    },
    password::{Owner, PolicyViolation},
};

/// User to register. The fields have already been validated.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub password: &'a str,
}

impl NewUser<'_> {
    /// Checks the password policy without registering the user, so that the caller can report all invalid fields
    /// together.
    ///
    /// # Errors
    /// Returns the first rule that the password violates.
    pub fn check_policy(&self, auth: &AuthServices) -> Result<(), PolicyViolation> {
        auth.password_policy.check(self.password, Owner { name: self.name, email: self.email })
    }

    fn row(&self, password_hash: String, now: DateTime<Utc>) -> ActiveModel {
        ActiveModel {
            pid: Set(Uuid::now_v7()),
            name: Set(self.name.trim().to_owned()),
            email: Set(email_address::canonical(self.email)),
            password_hash: Set(password_hash),
            created_at: Set(now.into()),
            updated_at: Set(now.into()),
            ..Default::default()
        }
    }
}

impl Model {
    /// Registers a user and enqueues the e-mail that confirms the e-mail address. If the e-mail address already has an
    /// account, enqueues an e-mail to the owner instead. In both cases, the function computes one hash and executes the
    /// same SQL statements with one commit. The client therefore cannot distinguish the cases.
    ///
    /// # Errors
    /// `validation_error` if the password violates the policy. `service_unavailable` if the hashing queue is full.
    pub async fn register(
        db: &Database,
        auth: &AuthServices,
        new: NewUser<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<QueuedMail> {
        new.check_policy(auth)?;
        let password_hash = auth.hasher_for(request.client).hash(new.password).await?;
        let (pid, email) = (Uuid::now_v7(), email_address::canonical(new.email));
        let row = ActiveModel { pid: Set(pid), ..new.row(password_hash, request.now) };
        let txn = db.begin_write().await?;
        // The unique index ensures that only one of several concurrent registrations inserts the row.
        let unless_known = OnConflict::column(Column::Email).do_nothing().to_owned();
        Entity::insert(row).on_conflict(unless_known).exec_without_returning(&txn).await?;
        let user = Self::find_by_email(&txn, &email).await?;
        let user = user.ok_or_else(|| AppError::internal("the inserted user is missing"))?;
        let (event, mail) = if user.pid == pid {
            (EventKind::Registered, mails::MailKind::Verify)
        } else {
            (EventKind::RegisteredAgain, mails::MailKind::Registered)
        };
        request.record(&txn, event, Some(&user)).await?;
        let mail = mails::Model::enqueue(&txn, mail, &email, request.request_id, request.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Creates a user whose e-mail address is already verified. Enqueues no e-mail.
    ///
    /// Returns `None` if the e-mail address has an account.
    ///
    /// # Errors
    /// `validation_error` if the e-mail address is invalid or the password violates the policy.
    pub async fn create_verified(
        db: &Database,
        auth: &AuthServices,
        new: NewUser<'_>,
        now: DateTime<Utc>,
    ) -> AppResult<Option<Self>> {
        let email = email_address::parse(new.email);
        let email = email.ok_or_else(|| AppError::invalid("email", "email", "must be an e-mail address"))?;
        new.check_policy(auth)?;
        let password_hash = auth.hasher.hash(new.password).await?;
        let txn = db.begin_write().await?;
        if Self::find_by_email(&txn, email.as_ref()).await?.is_some() {
            return Ok(None);
        }
        let row = ActiveModel { email_verified_at: Set(Some(now.into())), ..new.row(password_hash, now) };
        let user = row.insert(&txn).await?;
        txn.commit().await?;
        Ok(Some(user))
    }
}
