//! Limits how often an address, or an account, may do what a route does.

use std::{collections::HashMap, sync::Arc, time::Instant};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::request_id::ClientAddress;
use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult, Code},
    rate_limit::{Ask, Decision, MemoryStore, Policy, PolicyError, Receipt, Standing, Store},
    settings::RateLimits,
};

/// draft-ietf-httpapi-ratelimit-headers.
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// draft-ietf-httpapi-ratelimit-headers.
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Every policy by name, and where admissions are counted.
pub struct Limits {
    enabled: bool,
    policies: HashMap<&'static str, Policy>,
    store: Arc<dyn Store>,
}

impl Limits {
    /// Counts in this process's memory.
    ///
    /// # Errors
    /// When a policy's numbers are outside what a policy may have.
    pub fn in_memory(settings: &RateLimits) -> Result<Self, PolicyError> {
        let policy = |(name, window): (&'static str, crate::settings::Window)| {
            Policy::new(name, window.requests, window.length()).map(|policy| (name, policy))
        };
        Ok(Self {
            enabled: settings.enabled,
            policies: settings.policies().into_iter().map(policy).collect::<Result<_, _>>()?,
            store: Arc::new(MemoryStore::new(settings.max_keys, Instant::now())),
        })
    }

    /// The policy of this name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.get(name)
    }

    /// Drops what no window holds any more.
    pub fn evict(&self, now: Instant) {
        self.store.evict(now);
    }

    /// Charges an account. Its standing is never shown: it would tell how an account fares.
    ///
    /// # Errors
    /// `rate_limited`.
    pub async fn charge_account(&self, policy: &str, account: &str, now: Instant) -> AppResult<Option<Receipt>> {
        match self.decide(policy, account, now).await? {
            Some(Decision::Admitted(grants)) => Ok(grants.into_iter().next().map(|grant| grant.receipt)),
            Some(Decision::Refused(standing)) => Err(refusal(&standing)),
            None => Ok(None),
        }
    }

    /// Gives a charge back, for what succeeded.
    pub async fn refund(&self, receipt: Option<Receipt>) {
        let Some(receipt) = receipt else { return };
        if let Err(error) = self.store.refund(receipt).await {
            tracing::warn!(%error, "a rate limit could not be refunded");
        }
    }

    async fn decide(&self, policy: &str, key: &str, now: Instant) -> AppResult<Option<Decision>> {
        if !self.enabled {
            return Ok(None);
        }
        let policy = self
            .policies
            .get(policy)
            .ok_or_else(|| AppError::internal("a route declares a limit that has no numbers"))?;
        let decision = self.store.decide(&[Ask { policy, key }], now).await;
        decision.map(Some).map_err(AppError::unavailable)
    }
}

/// Passes a request on if its address may make it; the answer says how it stands, either way.
pub async fn admit(policy: &'static str, request: Request, next: Next) -> Response {
    let (limits, address) = (request.extensions().get().cloned(), request.extensions().get().copied());
    match ask(policy, limits, address).await {
        Ok(Some(Decision::Admitted(grants))) => {
            let mut response = next.run(request).await;
            if let Some(grant) = grants.first() {
                show(response.headers_mut(), &grant.standing);
            }
            response
        }
        Ok(Some(Decision::Refused(standing))) => {
            tracing::debug!(event = "limit_hit", policy, "an address has to wait");
            let mut response = refusal(&standing).into_response();
            show(response.headers_mut(), &standing);
            response
        }
        Ok(None) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn ask(policy: &str, limits: Option<Arc<Limits>>, address: Option<ClientAddress>) -> AppResult<Option<Decision>> {
    let limits = limits.ok_or_else(|| AppError::internal("the limits are missing"))?;
    let address = address.ok_or_else(|| AppError::internal("the client's address is missing"))?;
    limits.decide(policy, &limit_key(address.0).to_string(), Instant::now()).await
}

fn refusal(standing: &Standing) -> AppError {
    AppError::new(Code::RateLimited).retry_after(standing.retry_after())
}

fn show(headers: &mut HeaderMap, standing: &Standing) {
    for (name, value) in [(RATELIMIT_POLICY, standing.policy_header()), (RATELIMIT, standing.limit_header())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}
