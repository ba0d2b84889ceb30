//! The routes of pages: what they change, only our own forms can change.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use loco_rs::controller::Routes;

use super::super::Shared;
use crate::{
    errors::AppError,
    middleware::{
        body_limit::BodyLimit,
        csrf::CrossSite,
        rate_limit::{self, ExemptFromUserLimit, Policies},
    },
};

/// Routes with their limits.
#[derive(Default)]
pub struct PageRoutes {
    routes: Vec<Route>,
    policies: Vec<&'static str>,
}

/// The handlers of one path.
struct Route {
    path: &'static str,
    method: MethodRouter<Shared>,
    /// Whether any site may have a browser send to it.
    open: bool,
}

impl PageRoutes {
    /// Loco's routes, each behind the guard against other sites.
    #[must_use]
    pub fn bind(self, shared: &Shared) -> Routes {
        let guard = shared.shared_store.get::<Arc<CrossSite>>();
        let bound = |routes: Routes, Route { path, method, open }| {
            let guard = guard.clone();
            let pass = from_fn(move |request: Request, next: Next| pass(guard.clone(), request, next));
            // On the route, not around it: what has another method is told so.
            let method = if open { method } else { method.route_layer(pass) };
            routes.add(path, method.with_state(shared.clone()))
        };
        self.routes.into_iter().fold(Routes::new(), bound)
    }

    /// Adds the handlers of one path.
    #[must_use]
    pub fn with(mut self, path: &'static str, method: MethodRouter<Shared>) -> Self {
        self.routes.push(Route { path, method, open: false });
        self
    }

    /// Adds the handlers of one path that other sites may have a browser send to: they change nothing.
    #[must_use]
    pub fn open(self, policy: &'static str, path: &'static str, method: MethodRouter<Shared>) -> Self {
        let mut routes = self.limited(policy, path, method);
        if let Some(route) = routes.routes.last_mut() {
            route.open = true;
        }
        routes
    }

    /// Adds the handlers of one path, which an address may call no more often than a policy allows. Under
    /// the policy of an API's route both are counted together, for the address and for the member.
    #[must_use]
    pub fn limited(mut self, policies: impl Into<Policies>, path: &'static str, method: MethodRouter<Shared>) -> Self {
        let policies = policies.into();
        self.policies.extend(policies.names());
        let admit = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
        self.with(path, method.route_layer(from_fn(admit)))
    }

    /// The same with all of another's.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.policies.extend(other.policies);
        self
    }

    /// Every policy that is declared here.
    pub fn policies(&self) -> impl Iterator<Item = &'static str> {
        self.policies.iter().copied()
    }
}

/// The same handlers for bodies of up to so many bytes.
pub fn body_limit(bytes: usize, method: MethodRouter<Shared>) -> MethodRouter<Shared> {
    method.layer(BodyLimit(bytes).layer())
}

/// The same handlers for a user over the `user` limit as well, as [`super::super::api_routes::exempt_from_user_limit`] for the
/// API: whoever has a stolen session must not keep its owner from ending it. Also for files: a page of
/// images asks for each of them.
pub fn exempt_from_user_limit(method: MethodRouter<Shared>) -> MethodRouter<Shared> {
    method.layer(Extension(ExemptFromUserLimit))
}

async fn pass(guard: Option<Arc<CrossSite>>, request: Request, next: Next) -> Response {
    match guard {
        Some(guard) => guard.guard(request, next).await,
        None => AppError::internal("the guard against other sites is missing").into_response(),
    }
}
