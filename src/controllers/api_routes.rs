//! A controller's routes together with their description: one list for both, so that they cannot differ.

use axum::{
    Extension,
    extract::Request,
    middleware::{Next, from_fn},
    routing::MethodRouter,
};
use loco_rs::controller::Routes;
use utoipa::openapi::{
    OpenApi, Ref, RefOr, Response,
    extensions::Extensions,
    path::{Operation, ParameterIn, PathItem},
};
use utoipa_axum::router::UtoipaMethodRouter;

use super::Shared;
use crate::middleware::{
    body_limit::BodyLimit,
    rate_limit::{self, ExemptFromUserLimit, Policies},
};

type Described = UtoipaMethodRouter<Shared>;

/// The extension that names an operation's rate limit, or the list of several.
pub const LIMIT_EXTENSION: &str = "x-rate-limit-policy";

/// The extension that says whom its limit counts, where that is not an address alone.
pub const KEY_EXTENSION: &str = "x-rate-limit-key";

/// Routes and their description.
#[derive(Default)]
pub struct ApiRoutes {
    routes: Vec<(String, MethodRouter<Shared>)>,
    policies: Vec<&'static str>,
    pub spec: OpenApi,
}

impl ApiRoutes {
    /// Loco's routes, with the context that the handlers share.
    #[must_use]
    pub fn bind(self, shared: &Shared) -> Routes {
        let bound = |routes: Routes, (path, method): (String, MethodRouter<Shared>)| {
            routes.add(&path, method.with_state(shared.clone()))
        };
        self.routes.into_iter().fold(Routes::new(), bound)
    }

    /// Adds the handlers of one path.
    #[must_use]
    pub fn with(mut self, (schemas, paths, method): Described) -> Self {
        for (path, mut item) in paths.paths {
            operations(&mut item).for_each(describe_failures);
            self.routes.push((path.clone(), method.clone()));
            match self.spec.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.spec.paths.paths.insert(path, item)),
            }
        }
        self.spec.components.get_or_insert_default().schemas.extend(schemas);
        self
    }

    /// Adds the handlers of one path, which an address may call no more often than a policy allows:
    /// `.limited("upload", …)`, or `.limited(["minute", "day"], …)` for several that are decided together.
    /// Where only a signed-in user may call them, the same numbers hold for each user.
    #[must_use]
    pub fn limited(mut self, policies: impl Into<Policies>, (schemas, mut paths, method): Described) -> Self {
        let policies = policies.into();
        for item in paths.paths.values_mut() {
            operations(item).for_each(|operation| describe_limits(operation, &policies));
        }
        self.policies.extend(policies.names());
        // On the route, not around it: what has another method is refused without being counted.
        let admit = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
        self.with((schemas, paths, method.route_layer(from_fn(admit))))
    }

    /// Adds the handlers of one path, which charge a policy themselves, to whoever is signed in.
    #[must_use]
    pub fn charged(self, policy: &'static str, (schemas, mut paths, method): Described) -> Self {
        for operation in paths.paths.values_mut().flat_map(operations) {
            describe_limits(operation, &policy.into());
            extend(operation, KEY_EXTENSION, serde_json::json!("user"));
        }
        self.charging(policy).with((schemas, paths, method))
    }

    /// Declares a policy that a handler charges beside its route's own, so that the start is refused without
    /// its numbers.
    #[must_use]
    pub fn charging(mut self, policy: &'static str) -> Self {
        self.policies.push(policy);
        self
    }

    /// Every policy that is declared here.
    pub fn policies(&self) -> impl Iterator<Item = &'static str> {
        self.policies.iter().copied()
    }
}

/// The same handlers for bodies of up to so many bytes.
pub fn body_limit(bytes: usize, (schemas, paths, method): Described) -> Described {
    (schemas, paths, method.layer(BodyLimit(bytes).layer()))
}

/// The same handlers for a user who has asked for too much as well: the ways out. Whoever has a stolen token
/// must not keep its owner from ending the session by asking for other things without end.
pub fn exempt_from_user_limit((schemas, paths, method): Described) -> Described {
    (schemas, paths, method.layer(Extension(ExemptFromUserLimit)))
}

/// The operations of a path, whatever their method.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

fn describe_failures(operation: &mut Operation) {
    let error = RefOr::Ref(Ref::from_response_name("Error"));
    let (body, signed_in) = (operation.request_body.is_some(), operation.security.is_some());
    let place = |wanted: &ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|one| matches!(one, RefOr::T(one) if one.parameter_in == *wanted))
    };
    let (path, query) = (place(&ParameterIn::Path), place(&ParameterIn::Query));
    let statuses = [
        ("default", true),
        ("400", body || path || query),
        ("401", signed_in),
        ("404", path),
        ("413", body),
        ("415", body),
        ("422", body),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _) in statuses.into_iter().filter(|(_, fits)| *fits) {
        responses.entry(status.to_owned()).or_insert_with(|| error.clone());
    }
    if signed_in {
        responses.entry("429".to_owned()).or_insert(RefOr::Ref(Ref::from_response_name("RateLimited")));
    }
}

fn describe_limits(operation: &mut Operation, policies: &Policies) {
    let refused: RefOr<Response> = RefOr::Ref(Ref::from_response_name("RateLimited"));
    operation.responses.responses.insert("429".to_owned(), refused);
    let names = match policies.names() {
        [one] => serde_json::json!(one),
        several => serde_json::json!(several),
    };
    extend(operation, LIMIT_EXTENSION, names);
    if operation.security.is_some() {
        extend(operation, KEY_EXTENSION, serde_json::json!(["address", "user"]));
    }
}

fn extend(operation: &mut Operation, name: &str, value: serde_json::Value) {
    operation.extensions.get_or_insert_default().merge(Extensions::builder().add(name, value).build());
}
