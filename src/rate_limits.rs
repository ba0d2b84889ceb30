//! Rate limits: admits or rejects requests under named policies, refunds and clears charges, and counts the decisions.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use sliding_window::{
    ChargeReceipt, Decision, LimitRequest, LimitStatus, Policy, PolicyError, Store, StoreError, StoreReport,
};

use crate::{
    errors::{AppError, AppResult, Code},
    settings::{Quota, RateLimitSettings},
};

/// Rate limits of the service: the configured policies, and the store that counts the requests under each policy.
pub struct RateLimits {
    enabled: bool,
    policies: HashMap<&'static str, PolicyCounters>,
    /// Policy that admits one security event per key and hour. Without this policy, every rejected request would record
    /// an event.
    limit_event: Policy,
    store: Arc<dyn Store>,
}

struct PolicyCounters {
    policy: Policy,
    admitted: AtomicU64,
    rejected: AtomicU64,
}

impl RateLimits {
    /// Creates the policies from the settings. `store` counts the requests.
    ///
    /// # Errors
    /// Returns an error if the numbers of a policy are out of range.
    pub fn new(settings: &RateLimitSettings, store: Arc<dyn Store>) -> Result<Self, PolicyError> {
        let policies = settings.policies().into_iter().map(|(name, quota)| Ok((name, counters(name, quota)?)));
        let limit_event = Policy::new("limit_event", NonZeroU32::MIN, Duration::from_hours(1))?;
        Ok(Self { enabled: settings.enabled, policies: policies.collect::<Result<_, _>>()?, limit_event, store })
    }

    /// Returns the policy with this name, or `None` if it is not configured.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.get(name).map(|counters| &counters.policy)
    }

    /// Removes from the store each key whose admissions have all left the window.
    pub fn purge_expired(&self, now: Instant) {
        self.store.purge_expired(now);
    }

    /// Checks that the configured store is active, not the fallback.
    ///
    /// # Errors
    /// Returns the reason why the fallback is active.
    pub async fn check(&self, now: Instant) -> Result<(), StoreError> {
        self.store.check(now).await
    }

    /// Returns the metrics of the store.
    #[must_use]
    pub fn report(&self) -> StoreReport {
        self.store.report()
    }

    /// Returns all policy names with the numbers of admitted and rejected requests.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        self.policies
            .iter()
            .map(|(name, counters)| (*name, counters.admitted.load(Relaxed), counters.rejected.load(Relaxed)))
    }

    /// Charges several rate limits of an account, or none if a limit is reached. A charge is a pair of policy and key.
    /// Does not return the limit status, because the status would reveal how often other clients have used the account.
    ///
    /// # Errors
    /// `rate_limited` if a limit is reached.
    pub async fn charge(&self, charges: &[(&str, &str)], now: Instant) -> AppResult<Vec<ChargeReceipt>> {
        match self.decide(charges, now).await? {
            Some(Decision::Admitted(grants)) => Ok(grants.into_iter().map(|grant| grant.receipt).collect()),
            Some(Decision::Rejected(status)) => Err(rejection(&status)),
            None => Ok(Vec::new()),
        }
    }

    /// Refunds rate-limit charges, for example the charges of a successful login.
    pub async fn refund(&self, receipts: Vec<ChargeReceipt>) {
        for receipt in receipts {
            if let Err(error) = self.store.refund(receipt).await {
                tracing::warn!(%error, "refunding a rate limit failed");
            }
        }
    }

    /// Refunds rate-limit charges if the outcome is `service_unavailable`, because the client did not cause this error.
    ///
    /// # Errors
    /// Returns the error of the outcome.
    pub async fn refund_if_unavailable<T>(&self, receipts: Vec<ChargeReceipt>, outcome: AppResult<T>) -> AppResult<T> {
        if outcome.as_ref().is_err_and(|error| error.code == Code::ServiceUnavailable) {
            self.refund(receipts).await;
        }
        outcome
    }

    /// Clears all rate-limit charges of a key under a policy.
    pub async fn clear(&self, policy: &str, key: &str) {
        let cleared = match self.request(policy, key) {
            Ok(request) => self.store.clear(request).await.map(drop).map_err(AppError::unavailable),
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            tracing::warn!(%error, policy, "clearing a rate limit failed");
        }
    }

    /// Returns `true` at most once per hour for each key. Returns `false` if the store fails.
    pub async fn first_this_hour(&self, key: &str, now: Instant) -> bool {
        let decision = self.store.decide(&[LimitRequest { policy: &self.limit_event, key }], now).await;
        matches!(decision, Ok(Decision::Admitted(_)))
    }

    /// Charges a request to all limits in `charges`, or to none of them if one limit rejects the request. Returns
    /// `None` if rate limits are disabled.
    ///
    /// # Errors
    /// `service_unavailable` if the store fails.
    pub async fn decide(&self, charges: &[(&str, &str)], now: Instant) -> AppResult<Option<Decision>> {
        if !self.enabled {
            return Ok(None);
        }
        let requests: Vec<_> =
            charges.iter().map(|(policy, key)| self.request(policy, key)).collect::<AppResult<_>>()?;
        let decision = self.store.decide(&requests, now).await.map_err(AppError::unavailable)?;
        self.count(&requests, &decision);
        Ok(Some(decision))
    }

    fn request<'a>(&'a self, policy: &str, key: &'a str) -> AppResult<LimitRequest<'a>> {
        // This error indicates a bug, because the boot fails if a policy of a route or of a model is not configured.
        let policy = self.policy(policy).ok_or_else(|| AppError::internal("a rate-limit policy is not configured"))?;
        Ok(LimitRequest { policy, key })
    }

    fn count(&self, requests: &[LimitRequest<'_>], decision: &Decision) {
        match decision {
            Decision::Admitted(_) => {
                for counters in requests.iter().filter_map(|request| self.policies.get(request.policy.name())) {
                    counters.admitted.fetch_add(1, Relaxed);
                }
            }
            Decision::Rejected(status) => {
                if let Some(counters) = self.policies.get(status.policy().name()) {
                    counters.rejected.fetch_add(1, Relaxed);
                }
            }
        }
    }
}

/// Returns the error for a request that a limit has rejected.
#[must_use]
pub fn rejection(status: &LimitStatus) -> AppError {
    AppError::new(Code::RateLimited).retry_after(status.retry_after()).with_event("limit_hit")
}

fn counters(name: &'static str, quota: Quota) -> Result<PolicyCounters, PolicyError> {
    let policy = Policy::new(name, quota.requests, quota.length())?;
    Ok(PolicyCounters { policy, admitted: AtomicU64::new(0), rejected: AtomicU64::new(0) })
}
