//! An attempt to sign in, from whichever form: what it is charged, what comes of it, what is kept of it.

use std::{sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use sliding_window::ChargeReceipt;
use uuid::Uuid;

use super::super::{Shared, extractors::part};
use crate::{
    errors::{AppError, AppResult, Code},
    models::{
        device_tokens::Devices,
        request_context::Client,
        security_events::{Event, Kind},
        sessions::{self, Lifetimes, RefreshToken},
        users::{
            self, Authentication, canonical_email,
            failed_login_monitor::{Alarm, Unusual},
        },
    },
    password::Hasher,
    rate_limits::RateLimits,
};

/// Failed sign-ins of an account, known or not, from where nobody has signed in to it lately.
pub const ACCOUNT: &str = "login_account";
/// Failed sign-ins of an account from one network, or on one device.
pub const PAIR: &str = "login_pair";

/// Who wants to sign in as whom.
pub struct Attempt<'a> {
    pub email: &'a str,
    pub password: &'a str,
    pub client: &'a Client,
    /// What marks the device, if anything does.
    pub device: Option<&'a str>,
    pub hasher: &'a Hasher,
    pub lifetimes: Lifetimes,
    pub now: DateTime<Utc>,
}

/// Somebody who may sign in.
pub struct Passed {
    pub user: users::Model,
    /// What marks the device from now on.
    pub mark: String,
}

/// Somebody who has signed in.
pub struct SignedIn {
    pub user: users::Model,
    pub session: sessions::Model,
    pub token: RefreshToken,
    /// What marks the device from now on.
    pub mark: String,
}

/// What an attempt was charged.
struct Charge {
    /// The pair's key: its failures are forgotten when somebody signs in.
    pair: String,
    receipts: Vec<ChargeReceipt>,
    /// Whether the account knows the device, or its network.
    known: bool,
}

impl Attempt<'_> {
    /// Signs in, or refuses.
    ///
    /// # Errors
    /// As for [`Attempt::pass`].
    pub async fn make(&self, ctx: &Shared) -> AppResult<SignedIn> {
        let Passed { user, mark } = self.pass(ctx).await?;
        let (session, token) = sessions::Model::open(&ctx.db, &user, self.client, self.lifetimes, self.now).await?;
        Ok(SignedIn { user, session, token, mark })
    }

    /// Lets somebody in, whose session is still to be opened, or refuses; whether somebody has the account
    /// makes no difference to the work.
    ///
    /// # Errors
    /// `unauthorized`, `rate_limited`, or `service_unavailable` where hashing or the database is busy or gone.
    pub async fn pass(&self, ctx: &Shared) -> AppResult<Passed> {
        let (limits, devices): (Arc<RateLimits>, Devices) = (part(ctx)?, part(ctx)?);
        let account = canonical_email(self.email);
        let device = self.device.and_then(|mark| devices.read(mark, &account, self.now));
        // A refusal costs no statement: under a flood of guesses the database stays free for others.
        self.hasher.check_capacity()?;
        // Charged before the work and given back for success: checked first and charged later, any
        // number of guesses at once would slip through together.
        let charge = match self.charge(ctx, &limits, &account, device).await {
            Err(error) if error.code == Code::RateLimited => return self.limited(ctx, &limits, &account, error).await,
            other => other?,
        };
        let stranger_to = (!charge.known).then_some(account.as_str());
        match users::Model::authenticate(&ctx.db, self.hasher, &account, self.password).await {
            // Answered as a wrong password is: whoever has guessed it learns nothing.
            Ok(Authentication::Granted(user)) if user.is_barred() && !charge.known => {
                self.refuse(ctx, Kind::LimitHit, Some(&user), stranger_to).await
            }
            Ok(Authentication::Granted(user)) => {
                user.forget_failures(&ctx.db).await?;
                limits.clear(PAIR, &charge.pair).await;
                limits.refund(charge.receipts).await;
                let mark = devices.mark(device.unwrap_or_else(Uuid::now_v7), &account, self.now);
                Ok(Passed { user, mark })
            }
            Ok(Authentication::Refused(user)) => {
                self.refuse(ctx, Kind::SignInRefused, user.as_ref(), stranger_to).await
            }
            // Nothing counts where nobody could say whether the password is right.
            Err(error) => limits.refund_if_unavailable(charge.receipts, Err(error)).await,
        }
    }

    /// Charges the pair and, where neither the device nor its network is known to the account, the
    /// account. Whoever guesses from elsewhere can use the account's number up, but not the pair's: its
    /// owner is not shut out.
    async fn charge(
        &self,
        ctx: &Shared,
        limits: &RateLimits,
        account: &str,
        device: Option<Uuid>,
    ) -> AppResult<Charge> {
        let pair = pair(self.client, account, device);
        let mut receipts = limits.charge(&[(PAIR, &pair)], Instant::now()).await?;
        match self.charge_account(ctx, limits, account, device).await {
            Ok((known, more)) => {
                receipts.extend(more);
                Ok(Charge { pair, receipts, known })
            }
            Err(error) => {
                limits.refund(receipts).await;
                Err(error)
            }
        }
    }

    async fn charge_account(
        &self,
        ctx: &Shared,
        limits: &RateLimits,
        account: &str,
        device: Option<Uuid>,
    ) -> AppResult<(bool, Vec<ChargeReceipt>)> {
        let known = device.is_some() || sessions::Model::knows(&ctx.db, account, self.client, self.now).await?;
        let charged = if known { Vec::new() } else { limits.charge(&[(ACCOUNT, account)], Instant::now()).await? };
        Ok((known, charged))
    }

    /// Keeps a record, and counts a failure for the account that does not know who failed.
    async fn refuse<T>(
        &self,
        ctx: &Shared,
        kind: Kind,
        user: Option<&users::Model>,
        stranger_to: Option<&str>,
    ) -> AppResult<T> {
        users::Model::record_failure(&ctx.db, self.event(kind, user), stranger_to).await?;
        watch(ctx)?;
        let error = AppError::unauthorized().noted(Kind::SignInRefused.code());
        Err(error.saying("The e-mail address or the password is wrong."))
    }

    async fn limited<T>(&self, ctx: &Shared, limits: &RateLimits, account: &str, error: AppError) -> AppResult<T> {
        note_limit(ctx, limits, account, self.client, self.now).await?;
        watch(ctx)?;
        Err(error)
    }

    fn event<'a>(&'a self, kind: Kind, user: Option<&'a users::Model>) -> Event<'a> {
        Event { kind, user, client: self.client, now: self.now }
    }
}

/// Counts a failure for the whole site. Nobody is refused for it: who attacks whom is what limits are for.
fn watch(ctx: &Shared) -> AppResult<()> {
    let alarm: Arc<Alarm> = part(ctx)?;
    if let Some(Unusual { failures, usual }) = alarm.failed(Instant::now()) {
        tracing::warn!(event = "sign_ins_refused", failures, usual, "far more sign-ins fail than in the last hour");
    }
    Ok(())
}

/// Keeps a record of a limit that an account has hit, once an hour: a flood of refusals must not be one of
/// statements.
///
/// # Errors
/// When the database is busy or gone.
pub async fn note_limit(
    ctx: &Shared,
    limits: &RateLimits,
    account: &str,
    client: &Client,
    now: DateTime<Utc>,
) -> AppResult<()> {
    if !limits.first_this_hour(account, Instant::now()).await {
        return Ok(());
    }
    let user = users::Model::find_by_email(&ctx.db, account).await?;
    let txn = ctx.db.begin_write().await?;
    Event { kind: Kind::LimitHit, user: user.as_ref(), client, now }.record(&txn).await?;
    Ok(txn.commit().await?)
}

/// What an account is counted under as it is seen from here, or on a device that it knows.
#[must_use]
pub fn pair(client: &Client, account: &str, device: Option<Uuid>) -> String {
    match device {
        Some(device) => format!("{device} {account}"),
        None => format!("{} {account}", client.network),
    }
}

/// Forgives the guesses at an account, from anywhere it is not known, from here and on this device:
/// whoever asks has shown by other means to be its owner.
pub async fn forgive(
    ctx: &Shared,
    account: &str,
    client: &Client,
    mark: Option<&str>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    let (limits, devices): (Arc<RateLimits>, Devices) = (part(ctx)?, part(ctx)?);
    limits.clear(ACCOUNT, account).await;
    limits.clear(PAIR, &pair(client, account, None)).await;
    if let Some(device) = mark.and_then(|mark| devices.read(mark, account, now)) {
        limits.clear(PAIR, &pair(client, account, Some(device))).await;
    }
    Ok(())
}
