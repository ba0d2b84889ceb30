//! Rate limits per account: logins, e-mails to the account, and requests with the current password.

use sliding_window::ChargeReceipt;

use super::Model;
use crate::{
    errors::{AppResult, Code},
    models::{
        Database, auth_services::AuthServices, client_trust::ClientTrust, devices, devices::TrustedDevice,
        request_context::RequestContext, security_events::EventKind, sessions,
    },
    rate_limits::RateLimits,
};

/// Rate-limit policy for failed logins to an account from untrusted clients.
pub const LOGIN_ACCOUNT_POLICY: &str = "login_account";
/// Rate-limit policy for failed logins to an account from one network or one device.
pub const LOGIN_PAIR_POLICY: &str = "login_pair";
/// Rate-limit policy for requests that enqueue an e-mail to an account (confirmation or password reset).
pub const RECOVERY_ACCOUNT_POLICY: &str = "recovery_account";
/// Rate-limit policy for requests of a user that contain the current password.
pub const PASSWORD_POLICY: &str = "password";

/// Rate-limit policies that models charge. The boot fails if one of these policies is not configured.
pub const POLICIES: [&str; 4] = [LOGIN_ACCOUNT_POLICY, LOGIN_PAIR_POLICY, RECOVERY_ACCOUNT_POLICY, PASSWORD_POLICY];

/// Rate-limit charges of one login attempt.
pub(super) struct LoginCharge {
    /// Rate-limit key under [`LOGIN_PAIR_POLICY`].
    account_client_key: String,
    receipts: Vec<ChargeReceipt>,
    /// Device of the client, if the account trusts the device.
    pub device: Option<TrustedDevice>,
    /// Whether the client is trusted. A trusted client has a valid device token, or its network has a recent session.
    pub trusted_client: bool,
}

impl LoginCharge {
    /// Refunds the charges of a successful login. Also clears the failed logins of the client. Does not clear the
    /// failed logins of devices that share a limit, because another device may have caused the failed logins.
    pub async fn reset(self, limits: &RateLimits) {
        if self.device.is_none_or(|device| device.is_recent) {
            limits.clear(LOGIN_PAIR_POLICY, &self.account_client_key).await;
        }
        limits.refund(self.receipts).await;
    }

    /// Refunds the charges if the outcome is `service_unavailable`, because no password was checked.
    pub async fn refund_if_unavailable<T>(self, limits: &RateLimits, outcome: AppResult<T>) -> AppResult<T> {
        limits.refund_if_unavailable(self.receipts, outcome).await
    }
}

/// Charges a login attempt to the pair of account and client. For an untrusted client, also charges the account.
///
/// An attacker can use up the limit of the account, but not the limit of a trusted client. The owner is therefore not
/// locked out.
///
/// # Errors
/// `rate_limited` if a limit is reached.
pub(super) async fn charge_login(
    db: &Database,
    auth: &AuthServices,
    account: &str,
    request: &RequestContext<'_>,
) -> AppResult<LoginCharge> {
    let limits = &auth.rate_limits;
    let device = trusted_device(db, auth, account, request).await?;
    let account_client_key = account_client_key(account, device, request);
    let mut receipts = limits.charge(&[(LOGIN_PAIR_POLICY, &account_client_key)], request.instant).await?;
    match charge_account(db, limits, account, device, request).await {
        Ok((trusted_client, more)) => {
            receipts.extend(more);
            Ok(LoginCharge { account_client_key, receipts, device, trusted_client })
        }
        Err(error) => {
            limits.refund(receipts).await;
            Err(error)
        }
    }
}

async fn charge_account(
    db: &Database,
    limits: &RateLimits,
    account: &str,
    device: Option<TrustedDevice>,
    request: &RequestContext<'_>,
) -> AppResult<(bool, Vec<ChargeReceipt>)> {
    if trust_in_client(db, account, device, request).await?.is_trusted() {
        return Ok((true, Vec::new()));
    }
    Ok((false, limits.charge(&[(LOGIN_ACCOUNT_POLICY, account)], request.instant).await?))
}

/// Charges a request for an e-mail. For a trusted client, charges the pair of account and client. For an untrusted
/// client, charges the account. Returns the trust in the client and the charges.
///
/// # Errors
/// `rate_limited` if the limit is reached.
pub(super) async fn charge_recovery(
    db: &Database,
    auth: &AuthServices,
    account: &str,
    request: &RequestContext<'_>,
) -> AppResult<(ClientTrust, Vec<ChargeReceipt>)> {
    let device = trusted_device(db, auth, account, request).await?;
    let trust = trust_in_client(db, account, device, request).await?;
    let own = account_client_key(account, device, request);
    let key = if trust.is_trusted() { own.as_str() } else { account };
    match auth.rate_limits.charge(&[(RECOVERY_ACCOUNT_POLICY, key)], request.instant).await {
        Err(error) if error.code == Code::RateLimited => {
            record_limit_event(db, auth, account, request).await?;
            Err(error)
        }
        other => Ok((trust, other?)),
    }
}

/// Charges a request that contains the current password. An attacker with a stolen session can therefore try only a few
/// passwords.
///
/// # Errors
/// `rate_limited` if the limit is reached.
pub(super) async fn charge_password(
    auth: &AuthServices,
    user: &Model,
    request: &RequestContext<'_>,
) -> AppResult<Vec<ChargeReceipt>> {
    auth.rate_limits.charge(&[(PASSWORD_POLICY, &user.pid.to_string())], request.instant).await
}

/// Clears the login limits of an account, and of the pair of account and client network, after a password reset. Clears
/// no limit of a device, because the password reset has replaced all devices with a new device, whose limit is unused.
pub(super) async fn reset_login_limits(auth: &AuthServices, account: &str, request: &RequestContext<'_>) {
    let limits = &auth.rate_limits;
    limits.clear(LOGIN_ACCOUNT_POLICY, account).await;
    limits.clear(LOGIN_PAIR_POLICY, &account_client_key(account, None, request)).await;
}

/// Records that a limit of an account was reached. Records the event at most once per hour, because many rejected
/// requests must not cause many SQL statements.
pub(super) async fn record_limit_event(
    db: &Database,
    auth: &AuthServices,
    account: &str,
    request: &RequestContext<'_>,
) -> AppResult<()> {
    if !auth.rate_limits.first_this_hour(account, request.instant).await {
        return Ok(());
    }
    let user = Model::find_by_email(db, account).await?;
    let txn = db.begin_write().await?;
    request.record(&txn, EventKind::LimitHit, user.as_ref()).await?;
    Ok(txn.commit().await?)
}

/// Returns the client's device if the account trusts the device. Reads the database only for a token that was issued
/// for the account.
async fn trusted_device(
    db: &Database,
    auth: &AuthServices,
    account: &str,
    request: &RequestContext<'_>,
) -> AppResult<Option<TrustedDevice>> {
    match request.device_token.and_then(|token| auth.device_tokens.verify(token, account, request.now)) {
        Some(id) => devices::Model::find_trusted(db, account, id).await,
        None => Ok(None),
    }
}

async fn trust_in_client(
    db: &Database,
    account: &str,
    device: Option<TrustedDevice>,
    request: &RequestContext<'_>,
) -> AppResult<ClientTrust> {
    if device.is_some() {
        return Ok(ClientTrust::Device);
    }
    let known = sessions::Model::has_recent_session_from(db, account, request.client, request.now).await?;
    Ok(if known { ClientTrust::Network } else { ClientTrust::Untrusted })
}

/// Returns the rate-limit key for the pair of account and client. A trusted device identifies the client. Without a
/// trusted device, the network identifies the client. All devices of an account that are not recent share one key.
fn account_client_key(account: &str, device: Option<TrustedDevice>, request: &RequestContext<'_>) -> String {
    match device {
        Some(TrustedDevice { id, is_recent: true }) => format!("{id} {account}"),
        Some(_) => format!("devices {account}"),
        None => format!("{} {account}", request.client.network),
    }
}
