//! Builds API routes together with their OpenAPI description, so that routes and description always match.

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

use crate::{
    controllers::state::AppState,
    middleware::{
        body_limit::BodyLimit,
        rate_limit::{self, ExemptFromUserLimit, Policies},
    },
};

type Described = UtoipaMethodRouter<AppState>;

/// OpenAPI extension: the rate-limit policy of an operation, or a list of rate-limit policies.
pub const LIMIT_EXTENSION: &str = "x-rate-limit-policy";

/// OpenAPI extension: the rate-limit keys (`address`, `user`). Missing if the limit is per client address only.
pub const KEY_EXTENSION: &str = "x-rate-limit-key";

/// Routes of a controller and their OpenAPI description.
#[derive(Default)]
pub struct ApiRoutes {
    routes: Vec<(String, MethodRouter<AppState>)>,
    policies: Vec<&'static str>,
    pub spec: OpenApi,
}

impl ApiRoutes {
    /// Converts the routes to Loco routes, and sets the state of the handlers.
    #[must_use]
    pub fn bind(self, state: &AppState) -> Routes {
        let bound = |routes: Routes, (path, method): (String, MethodRouter<AppState>)| {
            routes.add(&path, method.with_state(state.clone()))
        };
        self.routes.into_iter().fold(Routes::new(), bound)
    }

    /// Adds the handlers of one path.
    #[must_use]
    pub fn with(mut self, (schemas, paths, method): Described) -> Self {
        for (path, mut item) in paths.paths {
            operations(&mut item).for_each(|operation| {
                describe_failures(operation);
                complete(operation);
            });
            self.routes.push((path.clone(), method.clone()));
            match self.spec.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.spec.paths.paths.insert(path, item)),
            }
        }
        self.spec.components.get_or_insert_default().schemas.extend(schemas);
        self
    }

    /// Adds the handlers of one path with a rate limit per client address: `.limited("upload", …)`. With several
    /// policies, every policy must admit a request: `.limited(["minute", "day"], …)`. For handlers with authentication,
    /// the policies also limit each user.
    #[must_use]
    pub fn limited(mut self, policies: impl Into<Policies>, (schemas, mut paths, method): Described) -> Self {
        let policies = policies.into();
        for item in paths.paths.values_mut() {
            operations(item).for_each(|operation| describe_limits(operation, &policies));
        }
        self.policies.extend(policies.names());
        // Uses `route_layer`, so that a request with an unsupported method is rejected without a rate-limit charge.
        let enforce = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
        self.with((schemas, paths, method.route_layer(from_fn(enforce))))
    }

    /// Adds the handlers of one path, and adds their rate limit per user to the OpenAPI description. The route does not
    /// enforce this limit, because the model enforces it.
    #[must_use]
    pub fn limited_per_user(mut self, policy: &'static str, (schemas, mut paths, method): Described) -> Self {
        for operation in paths.paths.values_mut().flat_map(operations) {
            describe_limits(operation, &policy.into());
            extend(operation, KEY_EXTENSION, serde_json::json!("user"));
        }
        self.policies.push(policy);
        self.with((schemas, paths, method))
    }

    /// Returns the rate-limit policies of the routes.
    pub fn policies(&self) -> impl Iterator<Item = &'static str> {
        self.policies.iter().copied()
    }
}

/// Sets the maximum size of a request body, in bytes.
pub fn body_limit(bytes: usize, (schemas, paths, method): Described) -> Described {
    (schemas, paths, method.layer(BodyLimit(bytes).layer()))
}

/// Exempts handlers from the rate limit `user`, because an attacker with a stolen token could use up this limit. The
/// owner of the account could then not end the attacker's session.
pub fn exempt_from_user_limit((schemas, paths, method): Described) -> Described {
    (schemas, paths, method.layer(Extension(ExemptFromUserLimit)))
}

/// Returns the operations of all methods of a path.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

fn describe_failures(operation: &mut Operation) {
    let error = RefOr::Ref(Ref::from_response_name("Error"));
    let (body, authenticated) = (operation.request_body.is_some(), operation.security.is_some());
    let path = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path));
    let statuses = [
        ("default", true),
        // Every request may have invalid headers.
        ("400", true),
        ("401", authenticated),
        ("404", path),
        ("413", body),
        ("415", body),
        ("422", body),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _) in statuses.into_iter().filter(|(_, fits)| *fits) {
        responses.entry(status.to_owned()).or_insert_with(|| error.clone());
    }
    if authenticated {
        responses.entry("429".to_owned()).or_insert(RefOr::Ref(Ref::from_response_name("RateLimited")));
    }
}

/// Adds the fields that OpenAPI tools require: the description and, for a public operation, an empty `security` list.
fn complete(operation: &mut Operation) {
    operation.security.get_or_insert_default();
    let described = operation.description.take().filter(|text| !text.is_empty());
    operation.description = described.or_else(|| operation.summary.clone());
}

fn describe_limits(operation: &mut Operation, policies: &Policies) {
    let rejected: RefOr<Response> = RefOr::Ref(Ref::from_response_name("RateLimited"));
    operation.responses.responses.insert("429".to_owned(), rejected);
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
