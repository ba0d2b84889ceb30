//! Tests of limits that count a signed-in user.

use serde_json::json;

use crate::support::{
    Browser, PASSWORD, TestApp,
    app::{SignedIn, limit},
};

#[tokio::test]
async fn upload_limit_counts_the_user_across_addresses_api_and_pages() {
    let app = TestApp::start_with(|config| limit(config, "upload", 2, 600)).await;
    let (browser, eve) = (Browser::signed_in(&app, "ada").await, app.sign_in("eve").await);
    let ada = app.log_in("ada@example.org", PASSWORD).await;
    let upload = async |user: &SignedIn, address: &str| {
        app.post("/api/v1/uploads").bearer(user).from(address).file("a.txt", b"words").send().await
    };
    assert_eq!(upload(&ada, "203.0.113.1").await.status, 201);
    let page = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin");
    assert_eq!(page.from("203.0.113.2").file("a.txt", b"words").send().await.status, 303);
    let rejected = upload(&ada, "203.0.113.3").await;
    assert_eq!(rejected.error_code(), "rate_limited");
    assert!((1..=600).contains(&rejected.header("retry-after").unwrap().parse().unwrap()));
    assert!(
        rejected.header("ratelimit").unwrap().starts_with("\"upload\";r=1;"),
        "the headers contain the limit status of the address"
    );
    assert_eq!(upload(&eve, "203.0.113.3").await.status, 201, "another user has a separate limit");
}

#[tokio::test]
async fn user_limit_counts_all_requests_across_addresses_and_sessions() {
    let app = TestApp::start_with(|config| limit(config, "user", 3, 60)).await;
    let sessions = [app.sign_in("ada").await, app.log_in("ada@example.org", PASSWORD).await];
    let get = async |user: &SignedIn, path: &str, address: &str| app.get(path).bearer(user).from(address).send().await;
    for (number, path) in ["/api/v1/auth/me", "/api/v1/documents", "/api/v1/uploads"].into_iter().enumerate() {
        let response = get(&sessions[number % 2], path, &format!("203.0.113.{number}")).await;
        assert_eq!((response.status.as_u16(), response.header("ratelimit")), (200, None), "{path}");
    }
    let rejected = get(&sessions[0], "/api/v1/auth/me", "203.0.113.9").await;
    assert_eq!((rejected.error_code().as_str(), rejected.header("ratelimit")), ("rate_limited", None));
    assert!((1..=60).contains(&rejected.header("retry-after").unwrap().parse().unwrap()));
    let eve = app.sign_in("eve").await;
    assert_eq!(get(&eve, "/api/v1/auth/me", "203.0.113.9").await.status, 200);
    // Requests that list or end sessions are exempt, so that an attacker with a stolen token cannot prevent the owner
    // from ending the session.
    assert_eq!(get(&sessions[0], "/api/v1/auth/sessions", "203.0.113.9").await.status, 200);
    assert_eq!(app.post("/api/v1/auth/logout").bearer(&sessions[1]).send().await.status, 204);
    assert_eq!(app.delete("/api/v1/auth/sessions").bearer(&sessions[0]).send().await.status, 204);
}

#[tokio::test]
async fn page_counts_toward_the_user_limit_except_for_files_and_logout() {
    let app = TestApp::start_with(|config| limit(config, "user", 3, 60)).await;
    let browser = Browser::signed_in(&app, "ada").await;
    for path in ["/documents", "/uploads", "/documents"] {
        assert_eq!(browser.request("GET", path).send().await.status, 200, "{path}");
    }
    assert_eq!(browser.request("GET", "/documents").send().await.status, 429);
    let content = format!("/uploads/{}/content", uuid::Uuid::now_v7());
    assert_eq!(browser.request("GET", &content).send().await.status, 404);
    assert_eq!(browser.request("GET", "/account").send().await.status, 200);
    let logout = browser.request("POST", "/logout").header("sec-fetch-site", "same-origin");
    assert_eq!(logout.send().await.status, 303);
}

#[tokio::test]
async fn password_limit_counts_all_sessions_of_the_user() {
    let app = TestApp::start_with(|config| limit(config, "password", 3, 3600)).await;
    let user = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let change = json!({ "current_password": "wrong wrong wrong", "password": "another horse battery" });
    for number in 0..3 {
        let user = if number == 0 { &elsewhere } else { &user };
        let request = app.put("/api/v1/auth/password").bearer(user).from(&format!("203.0.113.{number}"));
        assert_eq!(request.json(&change).send().await.status, 422);
    }
    let rejected = app.put("/api/v1/auth/password").bearer(&user).json(&change).send().await;
    assert_eq!(rejected.error_code(), "rate_limited");
    let removal = app.delete("/api/v1/auth/me").bearer(&user).json(&json!({ "password": PASSWORD })).send().await;
    assert_eq!(removal.error_code(), "rate_limited");
    let eve = app.sign_in("eve").await;
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    assert_eq!(app.put("/api/v1/auth/password").bearer(&eve).json(&change).send().await.status, 204);
}
