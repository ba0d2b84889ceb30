//! `/login` and `/logout`.

use ballast::models::sessions::{Lifetimes, Model};
use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::{Browser, PASSWORD, TestApp, app::limit};

const SESSION: &str = "__Host-ballast";

#[tokio::test]
async fn the_session_s_cookie_has_every_mark_and_the_database_has_not_its_secret() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let answer = browser.submit("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    let cookie = answer.header("set-cookie").unwrap();
    let marks = cookie.strip_prefix("__Host-ballast=").unwrap().split_once("; ").unwrap().1;
    assert_eq!(marks, "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000");
    let secret = browser.cookie(SESSION).unwrap();
    let rows = ballast::models::_entities::session_cookies::Entity::find().all(&app.db).await.unwrap();
    assert!(rows.iter().all(|row| row.secret_hash != secret && row.secret_hash.len() == 64), "{rows:?}");
}

#[tokio::test]
async fn signing_in_begins_a_session_of_its_own_and_ends_the_one_before() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let old = browser.cookie(SESSION).unwrap();
    browser.sign_in("ada@example.org", PASSWORD).await;
    assert_ne!(browser.cookie(SESSION).unwrap(), old);
    let answer = app.get("/documents").header("cookie", &format!("{SESSION}={old}")).send().await;
    assert_eq!(answer.header("location"), Some("/login?next=%2Fdocuments"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_forgets_the_cookie() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let old = browser.cookie(SESSION).unwrap();
    let answer = browser.submit("/logout", &[]).await;
    assert_eq!(answer.header("location"), Some("/?notice=signed-out"));
    assert_eq!(browser.cookie(SESSION), None);
    let answer = app.get("/account").header("cookie", &format!("{SESSION}={old}")).send().await;
    assert_eq!(answer.status, 303);
    assert_eq!(browser.submit("/logout", &[]).await.status, 303, "again is as good");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_have_one_answer() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    let browser = Browser::new(&app);
    let mut pages = Vec::new();
    for email in ["ada@example.org", "eve@example.org"] {
        let answer = browser.submit("/login", &[("email", email), ("password", "canary-canary-canary")]).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, Some("Bearer")));
        let page = answer.text();
        assert!(page.contains("The e-mail address or the password is wrong.") && page.contains(email), "{page}");
        assert!(!page.contains("canary"), "{page}");
        pages.push(page.replace(email, "").replace(answer.header("x-request-id").unwrap(), ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn a_form_is_not_shown_to_who_is_signed_in() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    assert_eq!(browser.get("/login?next=%2Faccount").await.header("location"), Some("/account"));
    assert_eq!(browser.get("/login").await.header("location"), Some("/documents"));
}

#[tokio::test]
async fn who_was_on_the_way_somewhere_gets_there_but_to_no_other_host() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    for (next, leads) in [
        ("/uploads?page=2", "/uploads?page=2"),
        ("//evil.example", "/documents"),
        ("https://evil.example", "/documents"),
        ("/\\evil.example", "/documents"),
    ] {
        let browser = Browser::new(&app);
        let page = browser.see(&format!("/login?next={}", next.replace('?', "%3F").replace('/', "%2F"))).await;
        assert_eq!(page.contains("name=\"next\""), leads == next, "{page}");
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.submit("/login", &fields).await.header("location"), Some(leads), "{next}");
    }
}

#[tokio::test]
async fn guesses_count_with_the_api_s() {
    let app = TestApp::start_with(|config| limit(config, "login", 2, 60)).await;
    let guess = serde_json::json!({ "email": "a@example.org", "password": "wrong wrong wrong" });
    assert_eq!(app.post("/api/v1/auth/login").json(&guess).send().await.status, 401);
    let browser = Browser::new(&app);
    let fields = [("email", "a@example.org"), ("password", "wrong wrong wrong")];
    assert_eq!(browser.submit("/login", &fields).await.status, 401);
    let refused = browser.submit("/login", &fields).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("ratelimit").is_some() && refused.text().contains(refused.header("x-request-id").unwrap()));
    assert_eq!(browser.get("/login").await.status, 200, "the form itself is not limited");
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_and_no_longer_than_it_may() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let secret = browser.cookie(SESSION).unwrap();
    let lifetimes = Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) };
    let begun = ballast::clock::now();
    let alive = async |days: i64| {
        let now = begun + Duration::days(days);
        Model::find_by_cookie(&app.db, &secret, lifetimes, now).await.unwrap().is_some()
    };
    assert!(alive(13).await && alive(26).await, "each use is good for 14 days more");
    assert!(alive(29).await && !alive(31).await, "but not past the 30th");
    // Unused: what was last seen on day 29 could idle until day 43, yet ended on day 30.
    let other = Browser::signed_in(&app, "eve").await.cookie(SESSION).unwrap();
    let later = ballast::clock::now() + Duration::days(15);
    assert!(Model::find_by_cookie(&app.db, &other, lifetimes, later).await.unwrap().is_none());
}

#[tokio::test]
async fn a_cookie_and_a_token_of_the_api_do_not_pass_for_each_other() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let browser = Browser::new(&app);
    browser.sign_in("ada@example.org", PASSWORD).await;
    let secret = browser.cookie(SESSION).unwrap();
    let refresh = serde_json::json!({ "refresh_token": secret });
    assert_eq!(app.post("/api/v1/auth/refresh").json(&refresh).send().await.error_code(), "unauthorized");
    let bearer = app.get("/api/v1/auth/me").header("authorization", &format!("Bearer {secret}")).send().await;
    assert_eq!(bearer.error_code(), "unauthorized");
    let cookie = app.get("/api/v1/auth/me").header("cookie", &format!("{SESSION}={secret}")).send().await;
    assert_eq!(cookie.error_code(), "unauthorized", "the API knows no cookie");
    for token in [&who.refresh, &who.access] {
        let answer = app.get("/documents").header("cookie", &format!("{SESSION}={token}")).send().await;
        assert_eq!(answer.status, 303);
    }
}

#[tokio::test]
async fn a_flood_of_forged_cookies_leaves_no_trace() {
    let app = TestApp::start().await;
    for forged in ["", "a", &"A".repeat(43), &"A".repeat(5000), "\"; DROP TABLE users"] {
        let answer = app.get("/documents").header("cookie", &format!("{SESSION}={forged}")).send().await;
        assert_eq!(answer.status, 303, "{forged}");
    }
    assert_eq!(ballast::models::sessions::Entity::find().count(&app.db).await.unwrap(), 0);
}
