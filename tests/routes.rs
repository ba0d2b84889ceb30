//! Snapshot of every route: method, path, rate-limit policies and operation ID.

use std::collections::BTreeSet;

use ballast::{app::App, controllers::web};
use serde_json::Value;

use crate::{requests::GENERATED, support::TestApp};

#[tokio::test]
async fn routes_match_the_table() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let mut rows = BTreeSet::new();
    for route in loco_rs::boot::list_endpoints::<App>(&app.ctx) {
        let resource = route.uri.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next());
        if resource.is_some_and(|name| GENERATED.contains(&name)) {
            continue;
        }
        for method in &route.actions {
            let operation = &spec["paths"][&route.uri][method.as_str().to_lowercase()];
            let details = if operation.is_null() { web_policies(method.as_str(), &route.uri) } else { api(operation) };
            rows.insert(format!("{} {method} {details}", route.uri).trim_end().to_owned());
        }
    }
    insta::assert_snapshot!("routes", rows.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Returns the operation ID and the rate-limit policies of an API route.
fn api(operation: &Value) -> String {
    let id = operation["operationId"].as_str().unwrap();
    let policy = &operation["x-rate-limit-policy"];
    if policy.is_null() { id.to_owned() } else { format!("{id} {}", policy.to_string().replace('"', "")) }
}

/// Returns the rate-limit policies of a web route. Only `POST` routes have policies of their own.
fn web_policies(method: &str, path: &str) -> String {
    let limits = web::routes();
    let policies = limits.limits().filter(|(limited, _)| method == "POST" && *limited == path);
    policies.map(|(_, policy)| policy).collect::<Vec<_>>().join(" ")
}
