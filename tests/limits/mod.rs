//! Tests of rate limits: policies, headers, and counted keys.

mod accounts;
mod users;

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    routing::get,
};
use ballast::{
    errors::{AppError, AppResult, Code},
    middleware::{
        rate_limit::{self, Policies},
        request_id::ClientAddress,
    },
};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{PASSWORD, TestApp, TestResponse, app::limit};

async fn attempt(app: &TestApp, address: &str, email: &str) -> TestResponse {
    let attempt = json!({ "email": email, "password": "wrong wrong wrong" });
    app.post("/api/v1/auth/login").json(&attempt).from(address).send().await
}

#[tokio::test]
async fn login_returns_429_with_retry_after_over_the_limit() {
    let app = TestApp::start_with(|config| limit(config, "login", 5, 60)).await;
    for left in (0..5).rev() {
        let response = attempt(&app, "203.0.113.7", "ada@example.org").await;
        assert_eq!(response.status, 401);
        assert_eq!(response.header("ratelimit-policy"), Some("\"login\";q=5;w=60"));
        assert!(response.header("ratelimit").unwrap().starts_with(&format!("\"login\";r={left};t=")));
    }
    let rejected = attempt(&app, "203.0.113.7", "ada@example.org").await;
    assert_eq!(rejected.error_code(), "rate_limited");
    let wait: u64 = rejected.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(rejected.header("ratelimit"), Some(format!("\"login\";r=0;t={wait}").as_str()));
}

#[tokio::test]
async fn login_limit_is_separate_per_address() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    assert_eq!(attempt(&app, "203.0.113.7", "a@example.org").await.status, 401);
    assert_eq!(attempt(&app, "203.0.113.7", "b@example.org").await.status, 429);
    assert_eq!(attempt(&app, "203.0.113.8", "c@example.org").await.status, 401);
}

#[tokio::test]
async fn login_limit_counts_an_ipv6_network_as_one_address() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    assert_eq!(attempt(&app, "2001:db8:1:2::1", "a@example.org").await.status, 401);
    assert_eq!(attempt(&app, "2001:db8:1:2:ffff::9", "a@example.org").await.status, 429);
    assert_eq!(attempt(&app, "2001:db8:1:3::1", "a@example.org").await.status, 401);
}

#[tokio::test]
async fn login_admits_exactly_the_limit_of_fifty_concurrent_attempts() {
    let app = TestApp::start_with(|config| limit(config, "login", 7, 60)).await;
    let attempts = (0..50).map(|_| attempt(&app, "203.0.113.7", "ada@example.org"));
    let responses = futures_util::future::join_all(attempts).await;
    assert_eq!(responses.iter().filter(|response| response.status != 429).count(), 7);
}

#[tokio::test]
async fn forwarded_address_is_used_only_from_a_trusted_proxy() {
    let trusting = |config: &mut loco_rs::config::Config| {
        limit(config, "login", 1, 60);
        config.settings.as_mut().unwrap()["trusted_proxies"] = json!("10.0.0.0/8");
    };
    let app = TestApp::start_with(trusting).await;
    let forwarded = async |peer: &str, client: &str| {
        let attempt = json!({ "email": "ada@example.org", "password": "wrong wrong wrong" });
        app.post("/api/v1/auth/login")
            .json(&attempt)
            .from(peer)
            .header("x-forwarded-for", client)
            .send()
            .await
            .status
            .as_u16()
    };
    assert_eq!(forwarded("10.0.0.1", "203.0.113.1").await, 401);
    assert_eq!(forwarded("10.0.0.2", "203.0.113.1").await, 429, "one client through two proxies");
    assert_eq!(forwarded("198.51.100.1", "203.0.113.2").await, 401);
    assert_eq!(forwarded("198.51.100.1", "203.0.113.3").await, 429, "an untrusted peer counts by its own address");
}

#[tokio::test]
async fn disabled_limits_admit_everything_without_headers() {
    let app = TestApp::start_with(|config| {
        limit(config, "login", 1, 60);
        config.settings.as_mut().unwrap()["rate_limits"]["enabled"] = json!(false);
    })
    .await;
    for _ in 0..3 {
        let response = attempt(&app, "203.0.113.7", "ada@example.org").await;
        assert_eq!((response.status.as_u16(), response.header("ratelimit")), (401, None));
    }
}

#[tokio::test]
async fn request_with_a_wrong_method_is_not_counted() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    for _ in 0..3 {
        assert_eq!(app.get("/api/v1/auth/login").from("203.0.113.7").send().await.status, 405);
    }
    assert_eq!(attempt(&app, "203.0.113.7", "ada@example.org").await.status, 401);
}

/// Sends a request from a fixed address to a route with `policies`. Returns the status and the limit headers.
async fn visit(app: &TestApp, policies: Policies) -> (u16, String) {
    let admit = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
    let router: Router = Router::new().route("/", get(async || "admitted")).route_layer(from_fn(admit));
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(Arc::clone(&app.services().rate_limits));
    request.extensions_mut().insert(ClientAddress("203.0.113.7".parse().unwrap()));
    let response = router.oneshot(request).await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    (response.status().as_u16(), format!("{} / {}", header("ratelimit-policy"), header("ratelimit")))
}

#[tokio::test]
async fn several_policies_of_a_route_are_charged_together_or_not_at_all() {
    let app = TestApp::start_with(|config| {
        limit(config, "login", 2, 60);
        limit(config, "upload", 5, 600);
    })
    .await;
    for left in [1, 0] {
        let (status, headers) = visit(&app, ["login", "upload"].into()).await;
        assert_eq!(status, 200);
        assert!(headers.starts_with("\"login\";q=2;w=60, \"upload\";q=5;w=600 / "), "{headers}");
        assert!(headers.contains(&format!("\"login\";r={left};t=")), "{headers}");
        assert!(headers.contains(&format!(", \"upload\";r={};t=", left + 3)), "{headers}");
    }
    for _ in 0..5 {
        let (status, headers) = visit(&app, ["login", "upload"].into()).await;
        assert_eq!(status, 429);
        assert!(headers.starts_with("\"login\";q=2;w=60 / \"login\";r=0;t="), "{headers}");
    }
    // The five rejections did not charge the policy `upload`.
    let (status, headers) = visit(&app, "upload".into()).await;
    assert!(status == 200 && headers.contains("\"upload\";r=2;t="), "{headers}");
}

#[tokio::test]
async fn policies_of_all_routes_are_configured() {
    let app = TestApp::start().await;
    let limits = Arc::clone(&app.services().rate_limits);
    let spec = serde_json::to_value(app.get("/api/openapi.json").send().await.json()).unwrap();
    let declared: Vec<&str> = spec["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["x-rate-limit-policy"].as_str())
        .collect();
    assert!(!declared.is_empty());
    assert!(declared.iter().all(|name| limits.policy(name).is_some()), "{declared:?}");
}

async fn post_auth(app: &TestApp, endpoint: &str, address: &str, body: serde_json::Value) -> TestResponse {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(&body).from(address).send().await
}

#[tokio::test]
async fn recovery_and_token_limits_count_the_address() {
    let app = TestApp::start_with(|config| {
        limit(config, "recovery", 2, 3600);
        limit(config, "token", 3, 60);
    })
    .await;
    let (token, email) = ("nonsense", |number: u32| json!({ "email": format!("ada{number}@example.org") }));
    for (endpoint, number) in [("forgot", 1), ("resend", 2)] {
        assert_eq!(post_auth(&app, endpoint, "203.0.113.7", email(number)).await.status, 204);
    }
    for endpoint in ["forgot", "resend"] {
        let rejected = post_auth(&app, endpoint, "203.0.113.7", email(3)).await;
        assert_eq!(rejected.error_code(), "rate_limited", "{endpoint}");
        assert_eq!(rejected.header("ratelimit-policy"), Some("\"recovery\";q=2;w=3600"));
        assert!(rejected.header("retry-after").is_some());
        assert_eq!(post_auth(&app, endpoint, "203.0.113.8", email(3)).await.status, 204, "{endpoint}");
    }
    let reset = json!({ "token": token, "password": PASSWORD });
    for (endpoint, body) in [("verify", json!({ "token": token })), ("reset", reset.clone()), ("reset", json!({}))] {
        assert_eq!(post_auth(&app, endpoint, "203.0.113.7", body).await.status, 422, "{endpoint}");
    }
    for (endpoint, body) in [("verify", json!({ "token": token })), ("reset", reset)] {
        assert_eq!(post_auth(&app, endpoint, "203.0.113.7", body).await.error_code(), "rate_limited", "{endpoint}");
    }
}

#[tokio::test]
async fn failed_operation_is_refunded_only_if_the_service_was_unavailable() {
    let app = TestApp::start_with(|config| limit(config, "password", 1, 3600)).await;
    let limits = Arc::clone(&app.services().rate_limits);
    let charge = async || limits.charge(&[("password", "ada")], Instant::now()).await;
    for _ in 0..3 {
        let receipts = charge().await.unwrap();
        let busy: AppResult<()> = Err(AppError::unavailable("busy"));
        assert_eq!(limits.refund_if_unavailable(receipts, busy).await.unwrap_err().code, Code::ServiceUnavailable);
    }
    let receipts = charge().await.unwrap();
    let wrong: AppResult<()> = Err(AppError::invalid("password", "password", "is wrong"));
    assert!(limits.refund_if_unavailable(receipts, wrong).await.is_err());
    assert_eq!(charge().await.unwrap_err().code, Code::RateLimited);
}
