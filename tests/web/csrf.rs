//! Tests of the CSRF protection of every form, with every combination of headers and tokens.

use ballast::app::App;

use crate::support::{Browser, TestApp, TestResponse, browser::FORM};

const OWN: &str = "http://localhost";

/// Returns whether the application must accept a request. `token` is whether the CSRF token is valid.
fn is_accepted(site: Option<&str>, origin: Option<&str>, token: bool) -> bool {
    match (site, origin) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) if origin != "null" => origin == OWN,
        (None, _) => token,
    }
}

/// Returns the path of every web page with a form. Generated IDs replace the path parameters.
fn forms(app: &TestApp) -> Vec<String> {
    let id = uuid::Uuid::now_v7().to_string();
    let routes = loco_rs::boot::list_endpoints::<App>(&app.ctx);
    let pages = routes.iter().filter(|route| !route.uri.starts_with("/api/") && route.uri != "/csp-reports");
    let with_forms = pages.filter(|route| route.actions.iter().any(|method| !method.is_safe()));
    let paths: Vec<_> = with_forms.map(|route| route.uri.replace("{id}", &id)).collect();
    assert!(paths.len() >= 15, "{paths:?}");
    paths
}

async fn submit(
    browser: &Browser<'_>,
    path: &str,
    headers: [(&str, Option<&str>); 2],
    token: Option<&str>,
) -> TestResponse {
    let mut request = browser.request("POST", path);
    for (name, value) in headers {
        request = value.into_iter().fold(request, |request, value| request.header(name, value));
    }
    let body = token.map(|token| format!("csrf_token={token}")).unwrap_or_default();
    request.header("content-type", FORM).body(body).send().await
}

#[tokio::test]
async fn forms_accept_same_origin_requests_and_valid_tokens_only() {
    let app = TestApp::start().await;
    let (member, visitor) = (Browser::signed_in(&app, "ada").await, Browser::new(&app));
    // Excludes both forms that end the session, because the following requests would then have other results.
    let paths =
        forms(&app).into_iter().filter(|path| !["/logout", "/account/sessions/removal"].contains(&path.as_str()));
    let mut requests = 0;
    for path in paths {
        let open = ["/login", "/register", "/forgot", "/reset", "/verify", "/resend"].contains(&path.as_str());
        let browser = if open { &visitor } else { &member };
        let own = browser.token(if open { "/login" } else { "/documents" }).await;
        let foreign = Browser::new(&app).token("/login").await;
        for site in [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site")] {
            for origin in [None, Some(OWN), Some("https://evil.example"), Some("null")] {
                for token in [None, Some(&own), Some(&foreign)] {
                    let headers = [("sec-fetch-site", site), ("origin", origin)];
                    let response = submit(browser, &path, headers, token.map(String::as_str)).await;
                    let valid = token == Some(&own);
                    let accepted = response.status != 403;
                    assert_eq!(
                        accepted,
                        is_accepted(site, origin, valid),
                        "{path} {site:?} {origin:?} {valid}: {}",
                        response.status
                    );
                    requests += 1;
                }
            }
        }
    }
    assert!(requests >= 15 * 60, "{requests}");
}

#[tokio::test]
async fn login_from_another_site_is_rejected() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "eve").await;
    let victim = Browser::new(&app);
    let fields = [("email", "eve@example.org"), ("password", crate::support::PASSWORD)];
    let request = victim.request("POST", "/login").header("sec-fetch-site", "cross-site").form(&fields);
    let response = victim.send(request).await;
    assert_eq!(response.status, 403);
    assert!(
        response.header("set-cookie").is_none() && response.text().contains("did not come from a page of this site")
    );
}

#[tokio::test]
async fn file_upload_requires_the_csrf_token_before_the_file() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let token = browser.token("/uploads").await;
    let part =
        |token: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n");
    let file = crate::support::request::form("a.txt", b"words");
    let upload = async |before: String| {
        let body = [before.as_bytes(), &file].concat();
        let request = browser.request("POST", "/uploads").header("content-type", "multipart/form-data; boundary=edge");
        request.body(body).send().await.status.as_u16()
    };
    assert_eq!(upload(part(&token)).await, 303);
    assert_eq!(upload(String::new()).await, 403);
    assert_eq!(upload(part(&token.replace(|c: char| c.is_ascii_digit(), "A"))).await, 403);
}

#[tokio::test]
async fn csrf_token_is_valid_for_one_browser_and_session() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let token = browser.token("/documents").await;
    let create = async |browser: &Browser<'_>, token: &str| {
        let fields = [("csrf_token", token), ("title", "t"), ("body", "")];
        browser.request("POST", "/documents").form(&fields).send().await.status.as_u16()
    };
    assert_eq!(create(&browser, &token).await, 303);
    browser.sign_in("ada@example.org", crate::support::PASSWORD).await;
    assert_eq!(create(&browser, &token).await, 403);
}

#[tokio::test]
async fn safe_methods_need_no_csrf_token() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for method in ["GET", "HEAD"] {
        let request = browser.request(method, "/documents").header("sec-fetch-site", "cross-site");
        assert_eq!(request.header("origin", "https://evil.example").send().await.status, 200, "{method}");
    }
}
