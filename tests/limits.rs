//! RateLimits: what they admit, what they say, and whom they count.

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
    rate_limits::RateLimits,
};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{
    Answer, Browser, PASSWORD, TestApp,
    app::{SignedIn, limit},
};

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
    let admit = move |request: Request, next: Next| rate_limit::enforce(policies.clone(), request, next);
    let router: Router = Router::new().route("/", get(async || "in")).route_layer(from_fn(admit));
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(app.ctx.shared_store.get::<Arc<RateLimits>>().unwrap());
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
    let limits = app.ctx.shared_store.get::<Arc<RateLimits>>().unwrap();
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

#[tokio::test]
async fn what_a_user_does_is_counted_for_the_user_too_wherever_they_do_it() {
    let app = TestApp::start_with(|config| limit(config, "upload", 2, 600)).await;
    let (browser, eve) = (Browser::signed_in(&app, "ada").await, app.sign_in("eve").await);
    let ada = app.log_in("ada@example.org", PASSWORD).await;
    let upload = async |who: &SignedIn, address: &str| {
        app.post("/api/v1/uploads").bearer(who).from(address).file("a.txt", b"words").send().await
    };
    assert_eq!(upload(&ada, "203.0.113.1").await.status, 201);
    let page = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin");
    assert_eq!(page.from("203.0.113.2").file("a.txt", b"words").send().await.status, 303);
    let refused = upload(&ada, "203.0.113.3").await;
    assert_eq!(refused.error_code(), "rate_limited");
    assert!((1..=600).contains(&refused.header("retry-after").unwrap().parse().unwrap()));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"upload\";r=1;"), "the address's, not the user's");
    assert_eq!(upload(&eve, "203.0.113.3").await.status, 201, "another user, and the address's second");
}

#[tokio::test]
async fn a_user_asks_the_api_as_often_as_one_may_from_any_address_and_in_any_session() {
    let app = TestApp::start_with(|config| limit(config, "user", 3, 60)).await;
    let sessions = [app.sign_in("ada").await, app.log_in("ada@example.org", PASSWORD).await];
    let ask = async |who: &SignedIn, path: &str, address: &str| app.get(path).bearer(who).from(address).send().await;
    for (number, path) in ["/api/v1/auth/me", "/api/v1/documents", "/api/v1/uploads"].into_iter().enumerate() {
        let answer = ask(&sessions[number % 2], path, &format!("203.0.113.{number}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("ratelimit")), (200, None), "{path}");
    }
    let refused = ask(&sessions[0], "/api/v1/auth/me", "203.0.113.9").await;
    assert_eq!((refused.error_code().as_str(), refused.header("ratelimit")), ("rate_limited", None));
    assert!((1..=60).contains(&refused.header("retry-after").unwrap().parse().unwrap()));
    let eve = app.sign_in("eve").await;
    assert_eq!(ask(&eve, "/api/v1/auth/me", "203.0.113.9").await.status, 200);
    // Whoever asks with a stolen token does not keep its owner from ending that.
    assert_eq!(ask(&sessions[0], "/api/v1/auth/sessions", "203.0.113.9").await.status, 200);
    assert_eq!(app.post("/api/v1/auth/logout").bearer(&sessions[1]).send().await.status, 204);
    assert_eq!(app.delete("/api/v1/auth/sessions").bearer(&sessions[0]).send().await.status, 204);
}

#[tokio::test]
async fn page_counts_toward_the_user_limit_except_for_files_and_ways_out() {
    let app = TestApp::start_with(|config| limit(config, "user", 3, 60)).await;
    let browser = Browser::signed_in(&app, "ada").await;
    for path in ["/documents", "/uploads", "/documents"] {
        assert_eq!(browser.request("GET", path).send().await.status, 200, "{path}");
    }
    assert_eq!(browser.request("GET", "/documents").send().await.status, 429);
    let content = format!("/uploads/{}/content", uuid::Uuid::now_v7());
    assert_eq!(browser.request("GET", &content).send().await.status, 404);
    assert_eq!(browser.request("GET", "/account").send().await.status, 200);
    let way_out = browser.request("POST", "/logout").header("sec-fetch-site", "same-origin");
    assert_eq!(way_out.send().await.status, 303);
}

async fn ask(app: &TestApp, endpoint: &str, address: &str, body: serde_json::Value) -> Answer {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(&body).from(address).send().await
}

#[tokio::test]
async fn requests_for_mail_and_tokens_presented_are_counted_for_their_address() {
    let app = TestApp::start_with(|config| {
        limit(config, "recovery", 2, 3600);
        limit(config, "token", 3, 60);
    })
    .await;
    let (token, email) = ("nonsense", |number: u32| json!({ "email": format!("ada{number}@example.org") }));
    for (endpoint, number) in [("forgot", 1), ("resend", 2)] {
        assert_eq!(ask(&app, endpoint, "203.0.113.7", email(number)).await.status, 204);
    }
    for endpoint in ["forgot", "resend"] {
        let refused = ask(&app, endpoint, "203.0.113.7", email(3)).await;
        assert_eq!(refused.error_code(), "rate_limited", "{endpoint}");
        assert_eq!(refused.header("ratelimit-policy"), Some("\"recovery\";q=2;w=3600"));
        assert!(refused.header("retry-after").is_some());
        assert_eq!(ask(&app, endpoint, "203.0.113.8", email(3)).await.status, 204, "{endpoint}");
    }
    let reset = json!({ "token": token, "password": PASSWORD });
    for (endpoint, body) in [("verify", json!({ "token": token })), ("reset", reset.clone()), ("reset", json!({}))] {
        assert_eq!(ask(&app, endpoint, "203.0.113.7", body).await.status, 422, "{endpoint}");
    }
    for (endpoint, body) in [("verify", json!({ "token": token })), ("reset", reset)] {
        assert_eq!(ask(&app, endpoint, "203.0.113.7", body).await.error_code(), "rate_limited", "{endpoint}");
    }
}

#[tokio::test]
async fn requests_for_mail_from_many_addresses_are_counted_for_the_account_known_or_not() {
    let app = TestApp::start_with(|config| limit(config, "recovery_account", 3, 3600)).await;
    app.sign_in("ada").await;
    for name in ["ada", "nobody"] {
        for number in 1..=3 {
            let email = json!({ "email": format!("{name}@example.org") });
            assert_eq!(ask(&app, "forgot", &format!("203.0.113.{number}"), email).await.status, 204, "{name}");
        }
        for endpoint in ["forgot", "resend"] {
            let email = json!({ "email": format!(" {}@Example.org", name.to_uppercase()) });
            let refused = ask(&app, endpoint, "203.0.113.9", email).await;
            assert_eq!(refused.error_code(), "rate_limited", "{name}");
            assert!(refused.header("ratelimit-policy").unwrap().starts_with("\"recovery\""), "never the account's own");
        }
    }
    // From where the owner signed in, and even there not without end.
    let email = json!({ "email": "ada@example.org" });
    for _ in 0..3 {
        assert_eq!(ask(&app, "forgot", "127.0.0.1", email.clone()).await.status, 204);
    }
    assert_eq!(ask(&app, "forgot", "127.0.0.1", email).await.status, 429);
}

#[tokio::test]
async fn what_the_service_could_not_do_counts_for_nobody_and_every_other_failure_does() {
    let app = TestApp::start_with(|config| limit(config, "password", 1, 3600)).await;
    let limits = app.ctx.shared_store.get::<Arc<RateLimits>>().unwrap();
    let charge = async || limits.charge(&[("password", "ada")], Instant::now()).await;
    for _ in 0..3 {
        let receipts = charge().await.unwrap();
        let busy: AppResult<()> = Err(AppError::unavailable("too much to do"));
        assert_eq!(limits.refund_if_unavailable(receipts, busy).await.unwrap_err().code, Code::ServiceUnavailable);
    }
    let receipts = charge().await.unwrap();
    let wrong: AppResult<()> = Err(AppError::invalid("password", "password", "is wrong"));
    assert!(limits.refund_if_unavailable(receipts, wrong).await.is_err());
    assert_eq!(charge().await.unwrap_err().code, Code::RateLimited);
}

#[tokio::test]
async fn a_session_asks_for_its_password_as_often_as_its_user_may() {
    let app = TestApp::start_with(|config| limit(config, "password", 3, 3600)).await;
    let who = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let change = json!({ "current_password": "wrong wrong wrong", "password": "another horse battery" });
    for number in 0..3 {
        let who = if number == 0 { &elsewhere } else { &who };
        let request = app.put("/api/v1/auth/password").bearer(who).from(&format!("203.0.113.{number}"));
        assert_eq!(request.json(&change).send().await.status, 422);
    }
    let refused = app.put("/api/v1/auth/password").bearer(&who).json(&change).send().await;
    assert_eq!(refused.error_code(), "rate_limited");
    let removal = app.delete("/api/v1/auth/me").bearer(&who).json(&json!({ "password": PASSWORD })).send().await;
    assert_eq!(removal.error_code(), "rate_limited");
    let eve = app.sign_in("eve").await;
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    assert_eq!(app.put("/api/v1/auth/password").bearer(&eve).json(&change).send().await.status, 204);
}

#[tokio::test]
async fn a_new_password_forgives_the_guesses_at_the_old_one_wherever_they_were_made() {
    const NEW: &str = "another horse battery";
    let app = TestApp::start_with(|config| {
        limit(config, "login_account", 2, 3600);
        limit(config, "login_pair", 2, 3600);
    })
    .await;
    app.sign_in("ada").await;
    let credentials = json!({ "email": "ada@example.org", "password": PASSWORD });
    let signed_in = app.post("/api/v1/auth/login").json(&credentials).send().await;
    let device = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let attempt = async |address: &str, cookie: &str, password: &str| {
        let body = json!({ "email": "ada@example.org", "password": password });
        let request = app.post("/api/v1/auth/login").header("cookie", cookie).from(address);
        request.json(&body).send().await.status.as_u16()
    };
    // From the owner's network, on the owner's device elsewhere, and by strangers.
    let places = [("127.0.0.1", ""), ("198.51.100.1", device.as_str()), ("203.0.113.7", "")];
    for (address, cookie) in places {
        let tried = [attempt(address, cookie, "wrong wrong").await, attempt(address, cookie, "wrong wrong").await];
        assert_eq!((tried, attempt(address, cookie, PASSWORD).await), ([401, 401], 429), "{address}");
    }
    assert_eq!(attempt("203.0.113.8", "", PASSWORD).await, 429);
    ask(&app, "forgot", "127.0.0.1", json!({ "email": "ada@example.org" })).await;
    let reset = json!({ "token": app.last_mail().token(), "password": NEW });
    let reset = app.post("/api/v1/auth/reset").header("cookie", &device).from("127.0.0.1").json(&reset).send().await;
    assert_eq!(reset.status, 204);
    for (address, cookie) in [places[0], places[1], ("203.0.113.8", "")] {
        assert_eq!(attempt(address, cookie, NEW).await, 200, "{address}");
    }
    assert_eq!(attempt("203.0.113.7", "", NEW).await, 429, "whoever guessed from there waits");
}
