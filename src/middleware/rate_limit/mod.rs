//! Limits how often an address, and a user, may do what a route does.

mod limits;

use std::{sync::Arc, time::Instant};

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub use limits::Limits;
use sliding_window::{Decision, LimitStatus};
use uuid::Uuid;

use super::request_id::ClientAddress;
use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult, Code},
};

/// draft-ietf-httpapi-ratelimit-headers.
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// draft-ietf-httpapi-ratelimit-headers.
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The names of the policies that a route declares: one, or several that are decided together.
#[derive(Debug, Clone)]
pub struct Policies(Arc<[&'static str]>);

impl Policies {
    /// Every name.
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

/// Passes a request on if its address may make it; the answer says how it stands, either way.
pub async fn admit(policies: Policies, mut request: Request, next: Next) -> Response {
    let (limits, address) = (request.extensions().get().cloned(), request.extensions().get().copied());
    match ask(&policies, limits, address).await {
        Ok(Some(Decision::Admitted(grants))) => {
            let statuses: Vec<_> = grants.iter().map(|grant| grant.status).collect();
            request.extensions_mut().insert(policies);
            let mut response = next.run(request).await;
            show(response.headers_mut(), &statuses);
            response
        }
        Ok(Some(Decision::Rejected(status))) => {
            let mut response = rejection(&status).into_response();
            show(response.headers_mut(), &[status]);
            response
        }
        Ok(None) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Marks a request that is not counted under `also` of [`admit_user`].
#[derive(Debug, Clone, Copy)]
pub struct Spared;

/// Charges whoever is signed in, once it is known who that is: under the policies of the route, and under
/// `also`. What the address was charged stays: an attempt is one, whatever becomes of it. Nothing of a
/// user's standing is shown.
///
/// # Errors
/// `rate_limited`.
pub async fn admit_user(request: &Extensions, user: Uuid, also: Option<&'static str>) -> AppResult<()> {
    let limits: &Arc<Limits> = request.get().ok_or_else(|| AppError::internal("the limits are missing"))?;
    let also = also.filter(|_| request.get::<Spared>().is_none());
    let of_route = request.get::<Policies>().map_or(&[][..], Policies::names);
    // No address looks like this: users and addresses are counted side by side.
    let key = format!("user {user}");
    let charges: Vec<_> = of_route.iter().copied().chain(also).map(|policy| (policy, key.as_str())).collect();
    if !charges.is_empty() {
        limits.charge(&charges, Instant::now()).await?;
    }
    Ok(())
}

async fn ask(
    policies: &Policies,
    limits: Option<Arc<Limits>>,
    address: Option<ClientAddress>,
) -> AppResult<Option<Decision>> {
    let limits = limits.ok_or_else(|| AppError::internal("the limits are missing"))?;
    let address = address.ok_or_else(|| AppError::internal("the client's address is missing"))?;
    let key = limit_key(address.0).to_string();
    let charges: Vec<_> = policies.names().iter().map(|&policy| (policy, key.as_str())).collect();
    limits.decide(&charges, Instant::now()).await
}

fn rejection(status: &LimitStatus) -> AppError {
    AppError::new(Code::RateLimited).retry_after(status.retry_after()).noted("limit_hit")
}

/// Both fields are lists: one item for each policy.
fn show(headers: &mut HeaderMap, statuses: &[LimitStatus]) {
    let joined = |item: fn(&LimitStatus) -> String| statuses.iter().map(item).collect::<Vec<_>>().join(", ");
    for (name, value) in
        [(RATELIMIT_POLICY, joined(LimitStatus::policy_header)), (RATELIMIT, joined(LimitStatus::limit_header))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}
