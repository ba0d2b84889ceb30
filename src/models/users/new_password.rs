//! Consequences of a new password: ends sessions, and withdraws the trust in networks and devices.

use chrono::{DateTime, Utc};

use super::Model;
use crate::{
    errors::AppResult,
    models::{WriteTransaction, auth_services::AuthServices, devices, mails::QueuedMail, sessions},
};

/// Result of storing a new password.
pub struct NewPassword {
    /// E-mail that notifies the owner.
    pub notice: QueuedMail,
    /// New value of the device cookie.
    pub device_token: String,
}

impl Model {
    /// Ends all sessions of the user, or all sessions except `except`. Withdraws the trust in the networks of these
    /// sessions and of earlier sessions, and in all devices, because an attacker may have logged in with the old
    /// password.
    ///
    /// Returns a device token for the client that has set the new password.
    pub(super) async fn withdraw_trust(
        &self,
        txn: &WriteTransaction,
        auth: &AuthServices,
        except: Option<&sessions::Model>,
        now: DateTime<Utc>,
    ) -> AppResult<String> {
        sessions::Model::end_all(txn, self, except, now).await?;
        sessions::Model::forget_networks(txn, self, except).await?;
        let device = devices::Model::replace_all(txn, self, now).await?;
        Ok(auth.device_tokens.issue(device, &self.email, now))
    }
}
