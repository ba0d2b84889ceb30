//! Login: charges limits, checks the password and the lockout, and records the result.

use sea_orm::{EntityTrait, entity::prelude::*};
use uuid::Uuid;

use super::{
    Column, Entity, Model,
    account_limits::{self, LoginCharge},
    failed_login_monitor::{FailedLoginMonitor, Spike},
};
use crate::{
    email_address,
    errors::{AppError, AppResult, Code},
    models::{
        Database,
        auth_services::AuthServices,
        request_context::RequestContext,
        security_events::EventKind,
        sessions::{self, RefreshToken},
    },
    password::{Hasher, PasswordMatch},
};

/// E-mail address and password of a login.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub email: &'a str,
    pub password: &'a str,
}

/// User whose password was verified.
pub struct AuthenticatedUser {
    pub user: Model,
    /// ID of the client's device. The session that the caller opens makes the device trusted.
    pub device: Uuid,
    /// New value of the device cookie.
    pub device_token: String,
}

/// A session that was opened by a login.
pub struct NewSession {
    pub user: Model,
    pub session: sessions::Model,
    pub refresh_token: RefreshToken,
    /// New value of the device cookie.
    pub device_token: String,
}

/// Result of a password check.
enum PasswordCheck {
    Correct(Model),
    /// The password is wrong. Contains the user with the e-mail address, if any, for the security event.
    Wrong(Option<Model>),
}

impl Model {
    /// Logs a user in and opens a session with a refresh token.
    ///
    /// # Errors
    /// Returns the errors of [`Model::authenticate`].
    pub async fn sign_in(
        db: &Database,
        auth: &AuthServices,
        credentials: Credentials<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<NewSession> {
        let AuthenticatedUser { user, device, device_token } =
            Self::authenticate(db, auth, credentials, request).await?;
        let (session, refresh_token) =
            sessions::Model::open(db, (&user, device), request.client, auth.lifetimes, request.now).await?;
        Ok(NewSession { user, session, refresh_token, device_token })
    }

    /// Verifies an e-mail address and a password. Known and unknown e-mail addresses cause the same work. Responses and
    /// response times therefore do not reveal whether an account exists.
    ///
    /// # Errors
    /// `unauthorized` if the e-mail address or the password is wrong, or if the lockout rejects the client.
    /// `rate_limited` if a limit is reached. `service_unavailable` if the hashing queue is full.
    pub async fn authenticate(
        db: &Database,
        auth: &AuthServices,
        credentials: Credentials<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<AuthenticatedUser> {
        let hasher = auth.hasher_for(request.client);
        let account = email_address::canonical(credentials.email);
        // Checks the capacity of the hashing queue before any SQL statement, because a flood of logins must not slow
        // down the database for other requests.
        hasher.check_capacity()?;
        // Charges before the password check and refunds after a success. A charge after the check would admit all
        // concurrent attempts.
        let charge = match account_limits::charge_login(db, auth, &account, request).await {
            Err(error) if error.code == Code::RateLimited => {
                account_limits::record_limit_event(db, auth, &account, request).await?;
                report_failure(&auth.failed_logins, request);
                return Err(error);
            }
            other => other?,
        };
        let count_failure_for = (!charge.trusted_client).then_some(account.as_str());
        let (kind, user) = match Self::check_password(db, &hasher, &account, credentials.password).await {
            Ok(PasswordCheck::Correct(user)) if user.is_locked_out() && !charge.trusted_client => {
                // Returns the same error as for a wrong password, because the response must not confirm the password.
                (EventKind::LimitHit, Some(user))
            }
            Ok(PasswordCheck::Correct(user)) => return user.complete_login(db, auth, charge, request).await,
            Ok(PasswordCheck::Wrong(user)) => (EventKind::SignInRefused, user),
            // Refunds the rate-limit charges if the service is unavailable, because no password was checked.
            Err(error) => return charge.refund_if_unavailable(&auth.rate_limits, Err(error)).await,
        };
        Self::record_failed_login(db, request.event(kind, user.as_ref()), count_failure_for).await?;
        report_failure(&auth.failed_logins, request);
        let error = AppError::unauthorized().with_event(EventKind::SignInRefused.code());
        Err(error.with_message("The e-mail address or the password is wrong."))
    }

    /// Resets the counters of failed logins and issues a device token.
    async fn complete_login(
        self,
        db: &Database,
        auth: &AuthServices,
        charge: LoginCharge,
        request: &RequestContext<'_>,
    ) -> AppResult<AuthenticatedUser> {
        self.reset_failed_logins(db).await?;
        let device = charge.device.map_or_else(Uuid::now_v7, |device| device.id);
        charge.reset(&auth.rate_limits).await;
        let device_token = auth.device_tokens.issue(device, &self.email, request.now);
        Ok(AuthenticatedUser { user: self, device, device_token })
    }

    /// Compares a password with the hash of an account. If no account exists, also computes one hash, so that the
    /// response time is the same.
    async fn check_password(db: &Database, hasher: &Hasher, account: &str, password: &str) -> AppResult<PasswordCheck> {
        let user = Self::find_by_email(db, account).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        match (user, hasher.compare(password, stored).await?) {
            (Some(user), PasswordMatch::Match) => Ok(PasswordCheck::Correct(user)),
            // Computes no second hash, because the additional time would confirm the password of a locked account.
            (Some(user), PasswordMatch::MatchNeedsRehash) if user.is_locked_out() => Ok(PasswordCheck::Correct(user)),
            (Some(user), PasswordMatch::MatchNeedsRehash) => user.rehash(db, hasher, password).await,
            (other, _) => Ok(PasswordCheck::Wrong(other)),
        }
    }

    /// Replaces a hash whose cost differs from the current cost. A failure is only logged, because the next login tries
    /// again.
    async fn rehash(self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<PasswordCheck> {
        match self.replace_outdated_hash(db, hasher, password).await {
            Ok(Some(password_hash)) => Ok(PasswordCheck::Correct(Self { password_hash, ..self })),
            Ok(None) => self.check_current_hash(db, hasher, password).await,
            Err(error) => {
                tracing::warn!(%error, user_id = %self.pid, "replacing an outdated password hash failed");
                Ok(PasswordCheck::Correct(self))
            }
        }
    }

    /// Replaces the hash. Returns the new hash, or `None` if the stored hash has changed in the meantime.
    async fn replace_outdated_hash(&self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<Option<String>> {
        let hash = hasher.hash(password).await?;
        // Updates the hash only if the password has not been changed in the meantime.
        let same = Entity::update_many().filter(Column::Id.eq(self.id));
        let same = same.filter(Column::PasswordHash.eq(&self.password_hash));
        let txn = db.begin_write().await?;
        let stored = same.col_expr(Column::PasswordHash, Expr::value(&hash)).exec(&txn).await?;
        txn.commit().await?;
        Ok((stored.rows_affected == 1).then_some(hash))
    }

    /// Compares the password with the hash that another request has stored in the meantime.
    async fn check_current_hash(&self, db: &Database, hasher: &Hasher, password: &str) -> AppResult<PasswordCheck> {
        let Some(user) = Entity::find_by_id(self.id).one(db).await? else {
            return Ok(PasswordCheck::Wrong(None));
        };
        let matches = hasher.verify(password, Some(user.password_hash.clone())).await?;
        Ok(if matches { PasswordCheck::Correct(user) } else { PasswordCheck::Wrong(Some(user)) })
    }
}

/// Counts a failed login in the monitor of all accounts, and logs a spike. Rejects no request, because the rate limits
/// reject requests.
fn report_failure(monitor: &FailedLoginMonitor, request: &RequestContext<'_>) {
    if let Some(Spike { failures, usual }) = monitor.record(request.instant) {
        tracing::warn!(
            event = "failed_login_spike",
            failures,
            usual,
            "failed logins exceeded five times their usual number"
        );
    }
}
