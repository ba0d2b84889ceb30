//! `/account`.

use crate::support::{Browser, PASSWORD, TestApp};

const NEW: &str = "another horse battery";

#[tokio::test]
async fn it_shows_who_one_is_where_one_is_signed_in_and_what_happened() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let login = serde_json::json!({ "email": "ada@example.org", "password": PASSWORD });
    let elsewhere = app.post("/api/v1/auth/login").header("user-agent", firefox).from("203.0.113.9").json(&login);
    assert_eq!(elsewhere.send().await.status, 200);
    let page = browser.see("/account").await;
    assert!(page.contains("ada@example.org") && page.contains("not confirmed yet"), "{page}");
    assert!(
        page.contains("Firefox on Linux") && page.contains("203.0.113.9") && page.contains("this device"),
        "{page}"
    );
    assert!(page.contains("Account created") && page.contains("Signed in"), "{page}");
}

#[tokio::test]
async fn a_session_elsewhere_is_ended_from_here_and_nobody_else_s_is() {
    let app = TestApp::start().await;
    let (here, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let there = Browser::new(&app);
    there.sign_in("ada@example.org", PASSWORD).await;
    let page = here.see("/account").await;
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
async fn the_password_is_changed_by_who_knows_the_old_one_and_other_devices_are_signed_out() {
    let app = TestApp::start().await;
    let (here, there) = (Browser::signed_in(&app, "ada").await, Browser::new(&app));
    there.sign_in("ada@example.org", PASSWORD).await;
    let refused = here.submit("/account/password", &[("current_password", "canary-canary"), ("password", NEW)]).await;
    let page = refused.text();
    assert_eq!(refused.status, 422, "{page}");
    assert!(page.contains("The password is wrong.") && !page.contains("canary") && !page.contains(NEW), "{page}");
    let short = here.submit("/account/password", &[("current_password", PASSWORD), ("password", "short")]).await;
    assert_eq!(short.status, 422);
    let done = here.submit("/account/password", &[("current_password", PASSWORD), ("password", NEW)]).await;
    assert_eq!(done.header("location"), Some("/account?notice=password-changed"));
    assert_eq!((here.get("/account").await.status.as_u16(), there.get("/account").await.status.as_u16()), (200, 303));
    Browser::new(&app).sign_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn name_and_language_are_the_person_s_own_choice() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let saved = browser.submit("/account/profile", &[("name", " Ada L. "), ("language", "de")]).await;
    assert_eq!(saved.header("location"), Some("/account?notice=profile-saved"));
    let page = browser.see("/account").await;
    assert!(page.contains("<html lang=\"de\">") && page.contains("value=\"Ada L.\""), "{page}");
    assert!(page.contains("<option value=\"de\" lang=\"de\" selected>"), "{page}");
    let refused = browser.submit("/account/profile", &[("name", ""), ("language", "xx")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Geben Sie einen Namen"), "{}", refused.text());
    browser.submit("/account/profile", &[("name", "Ada"), ("language", "")]).await;
    assert!(browser.see("/account").await.contains("<html lang=\"en\">"), "as the browser asks again");
}

#[tokio::test]
async fn the_account_goes_with_its_password_and_everything_in_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let refused = browser.submit("/account/removal", &[("password", "wrong wrong wrong")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("<details open>"), "{}", refused.text());
    let gone = browser.submit("/account/removal", &[("password", PASSWORD)]).await;
    assert_eq!(gone.header("location"), Some("/?notice=account-removed"));
    assert_eq!(browser.cookie("__Host-ballast"), None);
    let login = Browser::new(&app).submit("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(login.status, 401);
}

#[tokio::test]
async fn the_addresses_of_its_forms_lead_to_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for form in ["profile", "password", "removal"] {
        assert_eq!(browser.get(&format!("/account/{form}")).await.header("location"), Some("/account"), "{form}");
    }
}

#[tokio::test]
async fn what_happened_long_ago_is_on_older_pages() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for _ in 0..6 {
        browser.sign_in("ada@example.org", PASSWORD).await;
    }
    let first = browser.see("/account").await;
    assert!(first.contains("href=\"/account?events=2\"") && !first.contains("Account created"), "{first}");
    assert!(browser.see("/account?events=2").await.contains("Account created"));
    assert_eq!(browser.get("/account?events=x").await.status, 200);
}
