//! Tests of `/login` and `/logout`.

use ballast::models::{
    auth_services::AuthServices,
    sessions::{Lifetimes, Model},
};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::{Browser, PASSWORD, TestApp, app::limit};

const SESSION: &str = "__Host-ballast";

#[tokio::test]
async fn session_cookie_has_all_attributes_and_the_database_no_plaintext_secret() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let response = browser.submit("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    let cookie = response.header("set-cookie").unwrap();
    let attributes = cookie.strip_prefix("__Host-ballast=").unwrap().split_once("; ").unwrap().1;
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000");
    let secret = browser.cookie(SESSION).unwrap();
    let rows = ballast::models::_entities::session_cookies::Entity::find().all(&app.db).await.unwrap();
    assert!(rows.iter().all(|row| row.secret_hash != secret && row.secret_hash.len() == 64), "{rows:?}");
}

#[tokio::test]
async fn login_creates_a_session_and_ends_the_previous_one() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let old = browser.cookie(SESSION).unwrap();
    browser.sign_in("ada@example.org", PASSWORD).await;
    assert_ne!(browser.cookie(SESSION).unwrap(), old);
    let response = app.get("/documents").header("cookie", &format!("{SESSION}={old}")).send().await;
    assert_eq!(response.header("location"), Some("/login?next=%2Fdocuments"));
}

#[tokio::test]
async fn logout_ends_the_session_and_deletes_the_cookie() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let old = browser.cookie(SESSION).unwrap();
    let response = browser.submit("/logout", &[]).await;
    assert_eq!(response.header("location"), Some("/?notice=signed-out"));
    assert_eq!(browser.cookie(SESSION), None);
    let response = app.get("/account").header("cookie", &format!("{SESSION}={old}")).send().await;
    assert_eq!(response.status, 303);
    assert_eq!(browser.submit("/logout", &[]).await.status, 303, "a second logout succeeds");
}

#[tokio::test]
async fn login_returns_equal_responses_for_a_wrong_password_and_an_unknown_address() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    let browser = Browser::new(&app);
    let mut pages = Vec::new();
    for email in ["ada@example.org", "eve@example.org"] {
        let response = browser.submit("/login", &[("email", email), ("password", "canary-canary-canary")]).await;
        assert_eq!((response.status.as_u16(), response.header("www-authenticate")), (401, Some("Bearer")));
        let page = response.text();
        assert!(page.contains("The e-mail address or the password is wrong.") && page.contains(email), "{page}");
        assert!(!page.contains("canary"), "{page}");
        pages.push(page.replace(email, "").replace(response.header("x-request-id").unwrap(), ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn login_page_redirects_signed_in_users() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    assert_eq!(browser.get("/login?next=%2Faccount").await.header("location"), Some("/account"));
    assert_eq!(browser.get("/login").await.header("location"), Some("/documents"));
}

#[tokio::test]
async fn login_redirects_to_the_return_url_on_this_host_only() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    for (next, target) in [
        ("/uploads?page=2", "/uploads?page=2"),
        ("//evil.example", "/documents"),
        ("https://evil.example", "/documents"),
        ("/\\evil.example", "/documents"),
    ] {
        let browser = Browser::new(&app);
        let page = browser.page(&format!("/login?next={}", next.replace('?', "%3F").replace('/', "%2F"))).await;
        assert_eq!(page.contains("name=\"next\""), target == next, "{page}");
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.submit("/login", &fields).await.header("location"), Some(target), "{next}");
    }
}

#[tokio::test]
async fn login_shares_its_limit_with_the_api() {
    let app = TestApp::start_with(|config| limit(config, "login", 2, 60)).await;
    let attempt = serde_json::json!({ "email": "a@example.org", "password": "wrong wrong wrong" });
    assert_eq!(app.post("/api/v1/auth/login").json(&attempt).send().await.status, 401);
    let browser = Browser::new(&app);
    let fields = [("email", "a@example.org"), ("password", "wrong wrong wrong")];
    assert_eq!(browser.submit("/login", &fields).await.status, 401);
    let rejected = browser.submit("/login", &fields).await;
    assert_eq!(rejected.status, 429);
    assert!(
        rejected.header("ratelimit").is_some() && rejected.text().contains(rejected.header("x-request-id").unwrap())
    );
    assert_eq!(browser.get("/login").await.status, 200, "the form itself is not limited");
}

#[tokio::test]
async fn session_is_extended_by_use_until_its_absolute_limit() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let secret = browser.cookie(SESSION).unwrap();
    let lifetimes = Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) };
    let auth = AuthServices { lifetimes, ..app.services().auth.clone() };
    let start = ballast::clock::now();
    let is_active = async |days: i64| {
        let now = start + Duration::days(days);
        Model::find_by_cookie(&app.db, &auth, &secret, now).await.unwrap().is_some()
    };
    assert!(is_active(13).await && is_active(26).await, "each use extends the session by 14 days");
    assert!(is_active(29).await && !is_active(31).await, "but not beyond day 30");
    // A session that is not used ends after 14 days.
    let other = Browser::signed_in(&app, "eve").await.cookie(SESSION).unwrap();
    let later = ballast::clock::now() + Duration::days(15);
    assert!(Model::find_by_cookie(&app.db, &auth, &other, later).await.unwrap().is_none());
}

#[tokio::test]
async fn session_cookies_and_api_tokens_are_not_interchangeable() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let browser = Browser::new(&app);
    browser.sign_in("ada@example.org", PASSWORD).await;
    let secret = browser.cookie(SESSION).unwrap();
    let refresh = serde_json::json!({ "refresh_token": secret });
    assert_eq!(app.post("/api/v1/auth/refresh").json(&refresh).send().await.error_code(), "unauthorized");
    let bearer = app.get("/api/v1/auth/me").header("authorization", &format!("Bearer {secret}")).send().await;
    assert_eq!(bearer.error_code(), "unauthorized");
    let cookie = app.get("/api/v1/auth/me").header("cookie", &format!("{SESSION}={secret}")).send().await;
    assert_eq!(cookie.error_code(), "unauthorized", "the API accepts no cookies");
    for token in [&user.refresh, &user.access] {
        let response = app.get("/documents").header("cookie", &format!("{SESSION}={token}")).send().await;
        assert_eq!(response.status, 303);
    }
}

#[tokio::test]
async fn forged_cookies_create_no_rows() {
    let app = TestApp::start().await;
    for forged in ["", "a", &"A".repeat(43), &"A".repeat(5000), "\"; DROP TABLE users"] {
        let response = app.get("/documents").header("cookie", &format!("{SESSION}={forged}")).send().await;
        assert_eq!(response.status, 303, "{forged}");
    }
    assert_eq!(ballast::models::sessions::Entity::find().count(&app.db).await.unwrap(), 0);
}
