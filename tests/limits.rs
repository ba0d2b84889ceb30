//! Limits: what they admit, what they say, and whom they count.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    routing::get,
};
use ballast::middleware::{
    rate_limit::{self, Limits, Policies},
    request_id::ClientAddress,
};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Answer, PASSWORD, TestApp, app::limit};

async fn guess(app: &TestApp, address: &str, email: &str) -> Answer {
    let guess = json!({ "email": email, "password": "wrong wrong wrong" });
    app.post("/api/v1/auth/login").json(&guess).from(address).send().await
}

#[tokio::test]
async fn the_sixth_guess_in_a_minute_is_refused_and_told_when_to_come_again() {
    let app = TestApp::start_with(|config| limit(config, "login", 5, 60)).await;
    for left in (0..5).rev() {
        let answer = guess(&app, "203.0.113.7", "ada@example.org").await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"login\";q=5;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"login\";r={left};t=")));
    }
    let refused = guess(&app, "203.0.113.7", "ada@example.org").await;
    assert_eq!(refused.error_code(), "rate_limited");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), Some(format!("\"login\";r=0;t={wait}").as_str()));
}

#[tokio::test]
async fn another_address_is_not_held_for_the_first_one() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    assert_eq!(guess(&app, "203.0.113.7", "a@example.org").await.status, 401);
    assert_eq!(guess(&app, "203.0.113.7", "b@example.org").await.status, 429);
    assert_eq!(guess(&app, "203.0.113.8", "c@example.org").await.status, 401);
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    assert_eq!(guess(&app, "2001:db8:1:2::1", "a@example.org").await.status, 401);
    assert_eq!(guess(&app, "2001:db8:1:2:ffff::9", "a@example.org").await.status, 429);
    assert_eq!(guess(&app, "2001:db8:1:3::1", "a@example.org").await.status, 401);
}

#[tokio::test]
async fn an_account_is_guarded_from_guesses_of_many_addresses_known_or_not() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 3, 60)).await;
    app.sign_in("ada").await;
    for email in ["ada@example.org", "nobody@example.org"] {
        for number in 1..=3 {
            assert_eq!(guess(&app, &format!("203.0.113.{number}"), email).await.status, 401, "{email}");
        }
        let refused = guess(&app, "203.0.113.9", &email.to_uppercase()).await;
        assert_eq!(refused.error_code(), "rate_limited", "{email}");
        // The address's own standing is shown, never the account's.
        assert!(refused.header("ratelimit-policy").unwrap().starts_with("\"login\""));
    }
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_shut_out_an_owner_whose_address_is_known() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 3, 60)).await;
    app.sign_in("ada").await;
    for number in 1..=4 {
        guess(&app, &format!("203.0.113.{number}"), "ada@example.org").await;
    }
    assert_eq!(guess(&app, "203.0.113.9", "ada@example.org").await.status, 429);
    // From the address of the first sign-in, and even there not without end.
    for _ in 0..3 {
        assert_eq!(guess(&app, "127.0.0.1", "ada@example.org").await.status, 401);
    }
    assert_eq!(guess(&app, "127.0.0.1", "ada@example.org").await.status, 429);
}

#[tokio::test]
async fn signing_in_gives_back_what_it_charged_the_account() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 2, 60)).await;
    app.sign_in("ada").await;
    for _ in 0..5 {
        app.log_in("ada@example.org", PASSWORD).await;
    }
}

#[tokio::test]
async fn fifty_guesses_at_once_are_admitted_as_often_as_the_limit_says() {
    let app = TestApp::start_with(|config| limit(config, "login", 7, 60)).await;
    let guesses = (0..50).map(|_| guess(&app, "203.0.113.7", "ada@example.org"));
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status != 429).count(), 7);
}

#[tokio::test]
async fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let trusting = |config: &mut loco_rs::config::Config| {
        limit(config, "login", 1, 60);
        config.settings.as_mut().unwrap()["trusted_proxies"] = json!("10.0.0.0/8");
    };
    let app = TestApp::start_with(trusting).await;
    let forwarded = async |peer: &str, client: &str| {
        let guess = json!({ "email": "ada@example.org", "password": "wrong wrong wrong" });
        app.post("/api/v1/auth/login")
            .json(&guess)
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
    assert_eq!(forwarded("198.51.100.1", "203.0.113.3").await, 429, "whoever is no proxy speaks for itself alone");
}

#[tokio::test]
async fn limits_that_are_switched_off_admit_everything_and_say_nothing() {
    let app = TestApp::start_with(|config| {
        limit(config, "login", 1, 60);
        config.settings.as_mut().unwrap()["rate_limits"]["enabled"] = json!(false);
    })
    .await;
    for _ in 0..3 {
        let answer = guess(&app, "203.0.113.7", "ada@example.org").await;
        assert_eq!((answer.status.as_u16(), answer.header("ratelimit")), (401, None));
    }
}

#[tokio::test]
async fn a_wrong_method_is_refused_without_being_counted() {
    let app = TestApp::start_with(|config| limit(config, "login", 1, 60)).await;
    for _ in 0..3 {
        assert_eq!(app.get("/api/v1/auth/login").from("203.0.113.7").send().await.status, 405);
    }
    assert_eq!(guess(&app, "203.0.113.7", "ada@example.org").await.status, 401);
}

/// A route of its own under several limits: how a request from this address is answered.
async fn visit(app: &TestApp, policies: Policies) -> (u16, String) {
    let admit = move |request: Request, next: Next| rate_limit::admit(policies.clone(), request, next);
    let router: Router = Router::new().route("/", get(async || "in")).route_layer(from_fn(admit));
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(app.ctx.shared_store.get::<Arc<Limits>>().unwrap());
    request.extensions_mut().insert(ClientAddress("203.0.113.7".parse().unwrap()));
    let response = router.oneshot(request).await.unwrap();
    let shown = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    (response.status().as_u16(), format!("{} / {}", shown("ratelimit-policy"), shown("ratelimit")))
}

#[tokio::test]
async fn of_several_limits_on_one_route_all_are_charged_and_shown_or_none() {
    let app = TestApp::start_with(|config| {
        limit(config, "login", 2, 60);
        limit(config, "upload", 5, 600);
    })
    .await;
    for left in [1, 0] {
        let (status, shown) = visit(&app, ["login", "upload"].into()).await;
        assert_eq!(status, 200);
        assert!(shown.starts_with("\"login\";q=2;w=60, \"upload\";q=5;w=600 / "), "{shown}");
        assert!(shown.contains(&format!("\"login\";r={left};t=")), "{shown}");
        assert!(shown.contains(&format!(", \"upload\";r={};t=", left + 3)), "{shown}");
    }
    for _ in 0..5 {
        let (status, shown) = visit(&app, ["login", "upload"].into()).await;
        assert_eq!(status, 429);
        assert!(shown.starts_with("\"login\";q=2;w=60 / \"login\";r=0;t="), "{shown}");
    }
    // Five refusals have cost the other limit nothing.
    let (status, shown) = visit(&app, "upload".into()).await;
    assert!(status == 200 && shown.contains("\"upload\";r=2;t="), "{shown}");
}

#[tokio::test]
async fn every_limited_route_has_numbers_for_its_limit() {
    let app = TestApp::start().await;
    let limits = app.ctx.shared_store.get::<Arc<Limits>>().unwrap();
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
