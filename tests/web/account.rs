//! Tests of `/account`.

use crate::support::{Browser, PASSWORD, TestApp, app::limit};

const NEW: &str = "another horse battery";

#[tokio::test]
async fn account_page_shows_address_sessions_and_security_log() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let login = serde_json::json!({ "email": "ada@example.org", "password": PASSWORD });
    let elsewhere = app.post("/api/v1/auth/login").header("user-agent", firefox).from("203.0.113.9").json(&login);
    assert_eq!(elsewhere.send().await.status, 200);
    let page = browser.page("/account").await;
    assert!(page.contains("ada@example.org") && page.contains("not confirmed yet"), "{page}");
    assert!(
        page.contains("Firefox on Linux") && page.contains("203.0.113.9") && page.contains("this device"),
        "{page}"
    );
    assert!(page.contains("Account created") && page.contains("Signed in"), "{page}");
}

#[tokio::test]
async fn session_is_ended_from_another_session_of_the_same_user_only() {
    let app = TestApp::start().await;
    let (here, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let there = Browser::new(&app);
    there.sign_in("ada@example.org", PASSWORD).await;
    let page = here.page("/account").await;
    let action =
        page.split("action=\"/account/sessions/").find_map(|rest| rest.split_once("/removal\"")).map(|(id, _)| id);
    let path = format!("/account/sessions/{}/removal", action.unwrap());
    assert_eq!(eve.submit(&path, &[]).await.status, 404);
    assert_eq!(here.submit(&path, &[]).await.header("location"), Some("/account?notice=session-ended"));
    assert_eq!(there.get("/documents").await.status, 303);
    assert_eq!(here.get("/documents").await.status, 200);
    assert_eq!(
        here.submit("/account/sessions/removal", &[]).await.header("location"),
        Some("/login?notice=sessions-ended")
    );
    assert_eq!(here.get("/documents").await.status, 303);
    assert_eq!(eve.get("/documents").await.status, 200);
}

#[tokio::test]
async fn password_change_requires_the_current_password_and_signs_out_other_devices() {
    let app = TestApp::start().await;
    let (here, there) = (Browser::signed_in(&app, "ada").await, Browser::new(&app));
    there.sign_in("ada@example.org", PASSWORD).await;
    let rejected = here.submit("/account/password", &[("current_password", "canary-canary"), ("password", NEW)]).await;
    let page = rejected.text();
    assert_eq!(rejected.status, 422, "{page}");
    assert!(page.contains("The password is wrong.") && !page.contains("canary") && !page.contains(NEW), "{page}");
    let short = here.submit("/account/password", &[("current_password", PASSWORD), ("password", "short")]).await;
    assert_eq!(short.status, 422);
    let done = here.submit("/account/password", &[("current_password", PASSWORD), ("password", NEW)]).await;
    assert_eq!(done.header("location"), Some("/account?notice=password-changed"));
    assert_eq!((here.get("/account").await.status.as_u16(), there.get("/account").await.status.as_u16()), (200, 303));
    Browser::new(&app).sign_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn new_password_replaces_the_device_cookie() {
    let app = TestApp::start_with(|config| limit(config, "login_account", 1, 3600)).await;
    let browser = Browser::signed_in(&app, "ada").await;
    let mut cookies = vec![browser.cookie("device").unwrap()];
    let change = [("current_password", PASSWORD), ("password", NEW)];
    assert_eq!(browser.submit("/account/password", &change).await.status, 303);
    cookies.push(browser.cookie("device").unwrap());
    browser.submit("/forgot", &[("email", "ada@example.org")]).await;
    let token = app.last_mail().token();
    let reset = browser.submit("/reset", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(reset.status, 303);
    cookies.push(browser.cookie("device").unwrap());
    let login = async |from: &str, cookie: &str, password: &str| {
        let request = app.post("/login").header("sec-fetch-site", "same-origin").from(from);
        let request = request.header("cookie", &format!("device={cookie}"));
        request.form(&[("email", "ada@example.org"), ("password", password)]).send().await.status.as_u16()
    };
    assert_eq!(login("198.51.100.1", "", "wrong wrong wrong").await, 401);
    let statuses = [&cookies[0], &cookies[1], &cookies[2]].map(|cookie| login("203.0.113.9", cookie, PASSWORD));
    assert_eq!(futures_util::future::join_all(statuses).await, [429, 429, 303]);
}

#[tokio::test]
async fn profile_stores_name_and_language() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let saved = browser.submit("/account/profile", &[("name", " Ada L. "), ("language", "de")]).await;
    assert_eq!(saved.header("location"), Some("/account?notice=profile-saved"));
    let page = browser.page("/account").await;
    assert!(page.contains("<html lang=\"de\">") && page.contains("value=\"Ada L.\""), "{page}");
    assert!(page.contains("<option value=\"de\" lang=\"de\" selected>"), "{page}");
    let rejected = browser.submit("/account/profile", &[("name", ""), ("language", "xx")]).await;
    assert_eq!(rejected.status, 422);
    assert!(rejected.text().contains("Geben Sie einen Namen"), "{}", rejected.text());
    browser.submit("/account/profile", &[("name", "Ada"), ("language", "")]).await;
    assert!(
        browser.page("/account").await.contains("<html lang=\"en\">"),
        "an empty language means the browser default"
    );
}

#[tokio::test]
async fn account_deletion_requires_the_password_and_deletes_the_account() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let rejected = browser.submit("/account/removal", &[("password", "wrong wrong wrong")]).await;
    assert_eq!(rejected.status, 422);
    assert!(rejected.text().contains("<details open>"), "{}", rejected.text());
    let gone = browser.submit("/account/removal", &[("password", PASSWORD)]).await;
    assert_eq!(gone.header("location"), Some("/?notice=account-removed"));
    assert_eq!(browser.cookie("__Host-ballast"), None);
    let login = Browser::new(&app).submit("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(login.status, 401);
}

#[tokio::test]
async fn account_form_urls_redirect_to_the_account_page() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for form in ["profile", "password", "removal"] {
        assert_eq!(browser.get(&format!("/account/{form}")).await.header("location"), Some("/account"), "{form}");
    }
}

#[tokio::test]
async fn security_log_is_paginated() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for _ in 0..6 {
        browser.sign_in("ada@example.org", PASSWORD).await;
    }
    let first = browser.page("/account").await;
    assert!(first.contains("href=\"/account?events=2\"") && !first.contains("Account created"), "{first}");
    assert!(browser.page("/account?events=2").await.contains("Account created"));
    assert_eq!(browser.get("/account?events=x").await.status, 200);
}
