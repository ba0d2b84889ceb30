//! Enforces the rate limits of a route: first per client address, and after authentication per user.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sliding_window::{Decision, LimitStatus};
use uuid::Uuid;

use super::request_id::ClientAddress;
use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult},
    rate_limits::{RateLimits, rejection},
};

/// Header with the policies (draft-ietf-httpapi-ratelimit-headers).
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Header with the limit status (draft-ietf-httpapi-ratelimit-headers).
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Names of the rate-limit policies of a route. Every policy must admit a request. A rejected request is charged under
/// no policy.
#[derive(Debug, Clone)]
pub struct Policies(Arc<[&'static str]>);

impl Policies {
    /// Returns the names.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }
}

impl From<&'static str> for Policies {
    fn from(name: &'static str) -> Self {
        Self([name].into())
    }
}

impl<const N: usize> From<[&'static str; N]> for Policies {
    fn from(names: [&'static str; N]) -> Self {
        Self(names.into())
    }
}

/// Passes a request on if the rate limits of its client address admit the request. The responses to admitted
/// and to rejected requests contain the limit status.
pub async fn enforce(policies: Policies, mut request: Request, next: Next) -> Response {
    let (limits, address) = (request.extensions().get().cloned(), request.extensions().get().copied());
    match decide(&policies, limits, address).await {
        Ok(Some(Decision::Admitted(grants))) => {
            let statuses: Vec<_> = grants.iter().map(|grant| grant.status).collect();
            request.extensions_mut().insert(policies);
            let mut response = next.run(request).await;
            set_headers(response.headers_mut(), &statuses);
            response
        }
        Ok(Some(Decision::Rejected(status))) => {
            let mut response = rejection(&status).into_response();
            set_headers(response.headers_mut(), &[status]);
            response
        }
        Ok(None) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Request extension. [`enforce_for_user`] does not charge a request with this extension under the policy `general`.
#[derive(Debug, Clone, Copy)]
pub struct ExemptFromUserLimit;

/// Charges a user under the policies of the route and under `general`. If a limit of the user rejects the request,
/// the charges of the client address are not refunded, because a rejected request is also an attempt. The response does
/// not contain the limit status of the user.
///
/// # Errors
/// `rate_limited` if a limit is reached. `internal_error` if the request did not pass the middleware.
pub async fn enforce_for_user(request: &Extensions, user: Uuid, general: Option<&'static str>) -> AppResult<()> {
    let limits: &Arc<RateLimits> = request.get().ok_or_else(|| AppError::internal("the rate limits are missing"))?;
    let general = general.filter(|_| request.get::<ExemptFromUserLimit>().is_none());
    let route_policies = request.get::<Policies>().map_or(&[][..], Policies::names);
    // The prefix separates the keys of users from the keys of client addresses.
    let key = format!("user {user}");
    let charges: Vec<_> = route_policies.iter().copied().chain(general).map(|policy| (policy, key.as_str())).collect();
    if !charges.is_empty() {
        limits.charge(&charges, Instant::now()).await?;
    }
    Ok(())
}

async fn decide(
    policies: &Policies,
    limits: Option<Arc<RateLimits>>,
    address: Option<ClientAddress>,
) -> AppResult<Option<Decision>> {
    let limits = limits.ok_or_else(|| AppError::internal("the rate limits are missing"))?;
    let address = address.ok_or_else(|| AppError::internal("the client address is missing"))?;
    let key = limit_key(address.0).to_string();
    let charges: Vec<_> = policies.names().iter().map(|&policy| (policy, key.as_str())).collect();
    limits.decide(&charges, Instant::now()).await
}

/// Sets both rate-limit headers. A header contains a list with one item per policy.
fn set_headers(headers: &mut HeaderMap, statuses: &[LimitStatus]) {
    let joined = |item: fn(&LimitStatus) -> String| statuses.iter().map(item).collect::<Vec<_>>().join(", ");
    for (name, value) in
        [(RATELIMIT_POLICY, joined(LimitStatus::policy_header)), (RATELIMIT, joined(LimitStatus::limit_header))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}
