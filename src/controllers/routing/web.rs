//! Builds routes of web pages with CSRF protection and rate limits.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    middleware::{Next, from_fn},
    routing::MethodRouter,
};
use loco_rs::controller::Routes;

use crate::{
    controllers::state::AppState,
    middleware::{
        body_limit::BodyLimit,
        csrf::CsrfGuard,
        rate_limit::{self, ExemptFromUserLimit, Policies},
    },
};

/// Routes of web pages with their rate limits.
#[derive(Default)]
pub struct WebRoutes {
    routes: Vec<Route>,
    /// Path and rate-limit policy of each limited route.
    limits: Vec<(&'static str, &'static str)>,
}

/// The handlers of one path.
struct Route {
    path: &'static str,
    method: MethodRouter<AppState>,
    /// Whether the route has no CSRF protection.
    open: bool,
}

impl WebRoutes {
    /// Converts the routes to Loco routes. Adds CSRF protection to every route that is not `open`.
    #[must_use]
    pub fn bind(self, state: &AppState) -> Routes {
        let address = state.host().trim_end_matches('/').to_owned();
        let (tokens, cookies) = (state.csrf_tokens.clone(), state.cookies);
        let guard = Arc::new(CsrfGuard { tokens, cookies, address });
        let bound = |routes: Routes, Route { path, method, open }| {
            let guard = Arc::clone(&guard);
            let protect = from_fn(move |request: Request, next: Next| Arc::clone(&guard).guard(request, next));
            // Uses `route_layer`, so that a request with an unsupported method gets 405 instead of 403.
            let method = if open { method } else { method.route_layer(protect) };
            routes.add(path, method.with_state(state.clone()))
        };
        self.routes.into_iter().fold(Routes::new(), bound)
    }

    /// Adds the handlers of one path.
    #[must_use]
    pub fn with(mut self, path: &'static str, method: MethodRouter<AppState>) -> Self {
        self.routes.push(Route { path, method, open: false });
        self
    }

    /// Adds the handlers of one path with a rate limit, but without CSRF protection. These handlers must not change
    /// data.
    #[must_use]
    pub fn open(self, policy: &'static str, path: &'static str, method: MethodRouter<AppState>) -> Self {
        let mut routes = self.limited(policy, path, method);
        if let Some(route) = routes.routes.last_mut() {
            route.open = true;
        }
        routes
    }

    /// Adds the handlers of one path with a rate limit per client address. For handlers that require a session, the
    /// policies also limit each user. An API route with the same policy uses the same counters.
    #[must_use]
    pub fn limited(
        mut self,
        policies: impl Into<Policies>,
        path: &'static str,
        method: MethodRouter<AppState>,
    ) -> Self {
        let policies = policies.into();
        self.limits.extend(policies.names().iter().map(|policy| (path, *policy)));
        let enforce = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
        self.with(path, method.route_layer(from_fn(enforce)))
    }

    /// Adds all routes of another controller.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.limits.extend(other.limits);
        self
    }

    /// Returns the path and the rate-limit policy of each limited route.
    pub fn limits(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.limits.iter().copied()
    }
}

/// Sets the maximum size of a request body, in bytes.
pub fn body_limit(bytes: usize, method: MethodRouter<AppState>) -> MethodRouter<AppState> {
    method.layer(BodyLimit(bytes).layer())
}

/// Exempts handlers from the rate limit `user`, for the same reason as [`super::api::exempt_from_user_limit`]. Handlers
/// that serve files also use this function, because a browser sends one request per image of a web page.
pub fn exempt_from_user_limit(method: MethodRouter<AppState>) -> MethodRouter<AppState> {
    method.layer(Extension(ExemptFromUserLimit))
}
