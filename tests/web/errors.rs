//! Tests of error pages, and of properties of all web pages.

use ballast::app::App;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{
    Browser, TestApp,
    faults::{Fault, endpoints},
};

fn pages(app: &TestApp) -> Vec<(String, String)> {
    endpoints(&app.ctx)
        .into_iter()
        .filter(|(_, path)| !path.starts_with("/api") && !path.starts_with("/static") && path != "/favicon.ico")
        .collect()
}

#[tokio::test]
async fn error_page_has_the_visitor_language_and_the_request_id() {
    let app = TestApp::start_faulty().await;
    let (english, german) = (Browser::new(&app), Browser::german(&app));
    let faults = [
        (Fault::Panic, 500, "Something went wrong", "Es ist ein Fehler aufgetreten"),
        (Fault::Stall, 408, "Request timed out", "Zeitüberschreitung der Anfrage"),
        (
            Fault::PlainText(axum::http::StatusCode::SERVICE_UNAVAILABLE),
            503,
            "Service unavailable",
            "Dienst nicht verfügbar",
        ),
    ];
    for (fault, status, en, de) in faults {
        for (browser, words) in [(&english, en), (&german, de)] {
            let response = browser.request("GET", "/login").fault(fault).send().await;
            let page = response.text();
            assert_eq!(response.status, status, "{page}");
            assert!(page.contains(words) && page.contains(response.header("x-request-id").unwrap()), "{page}");
            assert_eq!(response.header("cache-control"), Some("no-store"));
        }
    }
    let missing = english.get("/nowhere").await;
    assert!(missing.text().contains("Page not found"), "{}", missing.text());
    let method = english.request("DELETE", "/login").send().await;
    assert_eq!((method.status.as_u16(), method.header("allow").is_some()), (405, true));
    assert!(method.text().contains("Method not allowed"), "{}", method.text());
}

#[tokio::test]
async fn page_errors_are_html_or_json_by_accept_header() {
    let app = TestApp::start_faulty().await;
    let each = pages(&app);
    assert!(each.len() > 25, "{each:?}");
    join_all(each.iter().map(async |(method, path)| {
        let browser = Browser::new(&app);
        let page = browser.request(method, path).fault(Fault::Panic).send().await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{method} {path}");
        let json = app.request(method, path).header("accept", "application/json").fault(Fault::Panic).send().await;
        assert_eq!(json.error_code(), "internal_error", "{method} {path}");
    }))
    .await;
}

#[tokio::test]
async fn private_pages_redirect_visitors_to_login_with_a_return_url() {
    let app = TestApp::start().await;
    let public = ["/", "/login", "/register", "/logout", "/verify", "/resend", "/forgot", "/reset", "/csp-reports"];
    let mut private = 0;
    for (method, path) in pages(&app).into_iter().filter(|(_, path)| !public.contains(&path.as_str())) {
        let browser = Browser::new(&app);
        let request = browser.request(&method, &path).header("sec-fetch-site", "same-origin");
        let response = request.form(&[("title", "t")]).send().await;
        let button = path.ends_with("/preview")
            || path.ends_with("/typesettings")
            || ["profile", "password", "removal"].iter().any(|form| path == format!("/account/{form}"));
        if method == "GET" && button {
            continue;
        }
        private += 1;
        if method == "GET" {
            let next = path.replace('/', "%2F");
            assert_eq!(response.header("location"), Some(format!("/login?next={next}").as_str()), "{path}");
            let program = app.get(&path).header("accept", "application/json").send().await;
            assert_eq!(program.error_code(), "unauthorized", "{path}");
        } else {
            assert_eq!(response.status, 401, "{method} {path}");
            assert!(response.text().contains("Please sign in"), "{path}: {}", response.text());
        }
    }
    assert!(private > 15, "{private}");
}

#[tokio::test]
async fn pages_reject_invalid_ids_with_400() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let routes = loco_rs::boot::list_endpoints::<App>(&app.ctx);
    let mut requests = 0;
    for route in routes.into_iter().filter(|route| !route.uri.starts_with("/api/") && route.uri.contains("{id}")) {
        let path = route.uri.replace("{id}", "42");
        for method in route.actions {
            let request = browser.request(method.as_str(), &path).header("sec-fetch-site", "same-origin");
            assert_eq!(request.form(&[("title", "t")]).send().await.status, 400, "{method} {path}");
            requests += 1;
        }
    }
    assert!(requests > 8, "{requests}");
}

#[tokio::test]
async fn pages_return_503_without_the_database() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    app.db.close().await.unwrap();
    for path in ["/documents", "/uploads", "/account", "/login"] {
        let response = browser.get(path).await;
        assert_eq!((response.status.as_u16(), response.header("retry-after")), (503, Some("1")), "{path}");
        assert!(response.text().contains("Service unavailable"), "{path}");
    }
    assert_eq!(Browser::new(&app).get("/").await.status, 200, "the home page does not need the database");
    let login = [("email", "ada@example.org"), ("password", crate::support::PASSWORD)];
    assert_eq!(Browser::new(&app).submit("/login", &login).await.status, 503);
}

#[tokio::test]
async fn pages_have_no_inline_code_and_are_not_cacheable() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    browser.submit("/account/profile", &[("name", "<i>ada</i>"), ("language", "")]).await;
    let response = browser.submit("/documents", &[("title", "<i>t</i>"), ("body", "<style>a</style>")]).await;
    let editor = response.header("location").unwrap().to_owned();
    for path in ["/", "/documents", "/uploads", "/account", &editor] {
        let response = browser.get(path).await;
        let page = response.text();
        assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")), "{path}");
        assert!(response.header("vary").unwrap().contains("cookie"), "{path}");
        for inline in ["<style", " style=", " onclick=", "javascript:", "<i>", "<script>"] {
            assert!(!page.contains(inline), "{path} has {inline}: {page}");
        }
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script type=\"module\" src=\"/static/").count(),
            "{path}"
        );
        assert_eq!((page.matches("<h1").count(), page.matches("<main").count()), (1, 1), "{path}");
    }
}

#[tokio::test]
async fn form_with_another_content_type_is_rejected() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    for media_type in ["text/plain", "application/json"] {
        let request = browser.request("POST", "/login").header("sec-fetch-site", "same-origin");
        let response =
            request.header("content-type", media_type).body(json!({ "email": "a" }).to_string()).send().await;
        assert_eq!(response.status, 415, "{media_type}");
    }
    let large = browser.submit("/login", &[("email", &"a".repeat(70_000)), ("password", "b")]).await;
    assert_eq!(large.status, 413);
}
