//! Services of login, registration, sessions and password changes.

use std::sync::Arc;

use super::{
    device_tokens::DeviceTokens,
    request_context::Client,
    sessions::{Lifetimes, RefreshTokenDeriver, SessionCache},
    users::failed_login_monitor::FailedLoginMonitor,
};
use crate::{
    crypto::access_tokens::AccessTokens,
    password::{Hasher, Policy},
    rate_limits::RateLimits,
};

/// Services of authentication, built once at boot.
#[derive(Clone)]
pub struct AuthServices {
    pub rate_limits: Arc<RateLimits>,
    pub hasher: Hasher,
    pub password_policy: Policy,
    pub access_tokens: AccessTokens,
    pub refresh_tokens: RefreshTokenDeriver,
    pub device_tokens: DeviceTokens,
    pub failed_logins: Arc<FailedLoginMonitor>,
    pub lifetimes: Lifetimes,
    pub session_cache: SessionCache,
}

impl AuthServices {
    /// Returns the password hasher for a client. Clients in the same network share one FIFO queue inside the hashing
    /// queue.
    #[must_use]
    pub fn hasher_for(&self, client: &Client) -> Hasher {
        client.address.parse().map_or_else(|_| self.hasher.clone(), |address| self.hasher.for_client(address))
    }
}
