//! Tests of limits that count an account, even if the account does not exist.

use serde_json::json;

use super::{attempt, post_auth};
use crate::support::{PASSWORD, TestApp, app::limit};

#[tokio::test]
async fn account_limit_applies_to_attempts_from_many_addresses() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 3, 60)).await;
    app.sign_in("ada").await;
    for email in ["ada@example.org", "unknown@example.org"] {
        for number in 1..=3 {
            assert_eq!(attempt(&app, &format!("203.0.113.{number}"), email).await.status, 401, "{email}");
        }
        let rejected = attempt(&app, "203.0.113.9", &email.to_uppercase()).await;
        assert_eq!(rejected.error_code(), "rate_limited", "{email}");
        // The headers contain the limit status of the address, and never the limit status of the account.
        assert!(rejected.header("ratelimit-policy").unwrap().starts_with("\"login\""));
    }
}

#[tokio::test]
async fn login_refunds_its_charge_of_the_account() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 2, 60)).await;
    app.sign_in("ada").await;
    for _ in 0..5 {
        app.log_in("ada@example.org", PASSWORD).await;
    }
}

#[tokio::test]
async fn recovery_limit_counts_the_account_across_addresses() {
    let app = TestApp::start_with(|config| limit(config, "recovery_account", 3, 3600)).await;
    app.sign_in("ada").await;
    for name in ["ada", "unknown"] {
        for number in 1..=3 {
            let email = json!({ "email": format!("{name}@example.org") });
            assert_eq!(post_auth(&app, "forgot", &format!("203.0.113.{number}"), email).await.status, 204, "{name}");
        }
        for endpoint in ["forgot", "resend"] {
            let email = json!({ "email": format!(" {}@Example.org", name.to_uppercase()) });
            let rejected = post_auth(&app, endpoint, "203.0.113.9", email).await;
            assert_eq!(rejected.error_code(), "rate_limited", "{name}");
            assert!(
                rejected.header("ratelimit-policy").unwrap().starts_with("\"recovery\""),
                "the limit status of the account is not public"
            );
        }
    }
    // 127.0.0.1 has a separate limit, because this network is trusted: Ada has signed in from it.
    let email = json!({ "email": "ada@example.org" });
    for _ in 0..3 {
        assert_eq!(post_auth(&app, "forgot", "127.0.0.1", email.clone()).await.status, 204);
    }
    assert_eq!(post_auth(&app, "forgot", "127.0.0.1", email).await.status, 429);
}

#[tokio::test]
async fn password_reset_clears_the_login_limits_of_trusted_clients() {
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
    // Three clients: in the network of the owner, on the device of the owner in another network, and in the network of
    // an attacker.
    let places = [("127.0.0.1", ""), ("198.51.100.1", device.as_str()), ("203.0.113.7", "")];
    for (address, cookie) in places {
        let rejected = [attempt(address, cookie, "wrong wrong").await, attempt(address, cookie, "wrong wrong").await];
        assert_eq!((rejected, attempt(address, cookie, PASSWORD).await), ([401, 401], 429), "{address}");
    }
    assert_eq!(attempt("203.0.113.8", "", PASSWORD).await, 429);
    post_auth(&app, "forgot", "127.0.0.1", json!({ "email": "ada@example.org" })).await;
    let reset = json!({ "token": app.last_mail().token(), "password": NEW });
    let reset = app.post("/api/v1/auth/reset").header("cookie", &device).from("127.0.0.1").json(&reset).send().await;
    assert_eq!(reset.status, 204);
    for (address, cookie) in [places[0], places[1], ("203.0.113.8", "")] {
        assert_eq!(attempt(address, cookie, NEW).await, 200, "{address}");
    }
    assert_eq!(attempt("203.0.113.7", "", NEW).await, 429, "the limit of the attacker remains");
}
