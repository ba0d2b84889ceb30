//! Every policy by name, where admissions are counted, and how often each policy admitted and refused.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use sliding_window::{ChargeReceipt, Decision, LimitRequest, Policy, PolicyError, Store, StoreError, StoreReport};

use super::rejection;
use crate::{
    errors::{AppError, AppResult, Code},
    settings::{RateLimits, Window},
};

/// The limits as they are set.
pub struct Limits {
    enabled: bool,
    policies: HashMap<&'static str, Counted>,
    /// What is told once an hour of each key.
    news: Policy,
    store: Arc<dyn Store>,
}

struct Counted {
    policy: Policy,
    admitted: AtomicU64,
    refused: AtomicU64,
}

impl Limits {
    /// Counts in this store.
    ///
    /// # Errors
    /// When a policy's numbers are outside what a policy may have.
    pub fn new(settings: &RateLimits, store: Arc<dyn Store>) -> Result<Self, PolicyError> {
        let policies = settings.policies().into_iter().map(|(name, window)| Ok((name, counted(name, window)?)));
        let news = Policy::new("news", NonZeroU32::MIN, Duration::from_hours(1))?;
        Ok(Self { enabled: settings.enabled, policies: policies.collect::<Result<_, _>>()?, news, store })
    }

    /// The policy of this name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.get(name).map(|counted| &counted.policy)
    }

    /// Drops what no window holds any more.
    pub fn evict(&self, now: Instant) {
        self.store.purge_expired(now);
    }

    /// Whether the store that was asked for decides, and not something in its place.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self, now: Instant) -> Result<(), StoreError> {
        self.store.check(now).await
    }

    /// What the store says about itself.
    #[must_use]
    pub fn report(&self) -> StoreReport {
        self.store.report()
    }

    /// How often each policy has admitted and refused, by name.
    pub fn tally(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        self.policies
            .iter()
            .map(|(name, counted)| (*name, counted.admitted.load(Relaxed), counted.refused.load(Relaxed)))
    }

    /// Charges accounts, each as a policy and its key: all or none. Their standing is never shown: it
    /// would tell how an account fares.
    ///
    /// # Errors
    /// `rate_limited`.
    pub async fn charge(&self, charges: &[(&str, &str)], now: Instant) -> AppResult<Vec<ChargeReceipt>> {
        match self.decide(charges, now).await? {
            Some(Decision::Admitted(grants)) => Ok(grants.into_iter().map(|grant| grant.receipt).collect()),
            Some(Decision::Rejected(status)) => Err(rejection(&status)),
            None => Ok(Vec::new()),
        }
    }

    /// Gives charges back, for what succeeded.
    pub async fn refund(&self, receipts: Vec<ChargeReceipt>) {
        for receipt in receipts {
            if let Err(error) = self.store.refund(receipt).await {
                tracing::warn!(%error, "a rate limit could not be refunded");
            }
        }
    }

    /// Gives charges back where what they were for could not be done: that is no fault of who asked.
    ///
    /// # Errors
    /// The outcome's own.
    pub async fn settle<T>(&self, receipts: Vec<ChargeReceipt>, outcome: AppResult<T>) -> AppResult<T> {
        if outcome.as_ref().is_err_and(|error| error.code == Code::ServiceUnavailable) {
            self.refund(receipts).await;
        }
        outcome
    }

    /// Forgets everything that a key was charged under a policy.
    pub async fn clear(&self, policy: &str, key: &str) {
        let cleared = match self.request(policy, key) {
            Ok(request) => self.store.clear(request).await.map(drop).map_err(AppError::unavailable),
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            tracing::warn!(%error, policy, "a rate limit could not be cleared");
        }
    }

    /// Whether what is to be told of a key was not told in the last hour; to be asked when it is told.
    pub async fn is_news(&self, key: &str, now: Instant) -> bool {
        let decision = self.store.decide(&[LimitRequest { policy: &self.news, key }], now).await;
        matches!(decision, Ok(Decision::Admitted(_)))
    }

    /// Decides a request under all of these at once; none where limits are switched off.
    pub(super) async fn decide(&self, charges: &[(&str, &str)], now: Instant) -> AppResult<Option<Decision>> {
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
        // Routes are checked at boot, so this is a fault in a handler.
        let policy = self.policy(policy).ok_or_else(|| AppError::internal("a limit is charged that has no numbers"))?;
        Ok(LimitRequest { policy, key })
    }

    fn count(&self, requests: &[LimitRequest<'_>], decision: &Decision) {
        match decision {
            Decision::Admitted(_) => {
                for counted in requests.iter().filter_map(|request| self.policies.get(request.policy.name())) {
                    counted.admitted.fetch_add(1, Relaxed);
                }
            }
            Decision::Rejected(status) => {
                if let Some(counted) = self.policies.get(status.policy().name()) {
                    counted.refused.fetch_add(1, Relaxed);
                }
            }
        }
    }
}

fn counted(name: &'static str, window: Window) -> Result<Counted, PolicyError> {
    let policy = Policy::new(name, window.requests, window.length())?;
    Ok(Counted { policy, admitted: AtomicU64::new(0), refused: AtomicU64::new(0) })
}
