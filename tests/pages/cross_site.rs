//! What another site has a browser send changes nothing: every form, every combination of headers.

use ballast::app::App;

use crate::support::{Answer, Browser, TestApp, browser::FORM};

const OWN: &str = "http://localhost";

/// Whether a request may come from our own page: `Sec-Fetch-Site`, `Origin`, a token that fits.
fn is_ours(site: Option<&str>, origin: Option<&str>, token: bool) -> bool {
    match (site, origin) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) if origin != "null" => origin == OWN,
        (None, _) => token,
    }
}

/// Every page that takes something, with ids in the places of its parameters.
fn forms(app: &TestApp) -> Vec<String> {
    let id = uuid::Uuid::now_v7().to_string();
    let routes = loco_rs::boot::list_endpoints::<App>(&app.ctx);
    let pages = routes.iter().filter(|route| !route.uri.starts_with("/api/") && route.uri != "/csp-reports");
    let unsafe_ones = pages.filter(|route| route.actions.iter().any(|method| !method.is_safe()));
    let paths: Vec<_> = unsafe_ones.map(|route| route.uri.replace("{id}", &id)).collect();
    assert!(paths.len() >= 15, "{paths:?}");
    paths
}

async fn sent(browser: &Browser<'_>, path: &str, headers: [(&str, Option<&str>); 2], token: Option<&str>) -> Answer {
    let mut request = browser.request("POST", path);
    for (name, value) in headers {
        request = value.into_iter().fold(request, |request, value| request.header(name, value));
    }
    let body = token.map(|token| format!("csrf_token={token}")).unwrap_or_default();
    request.header("content-type", FORM).body(body).send().await
}

#[tokio::test]
async fn every_form_takes_what_our_pages_send_and_nothing_else() {
    let app = TestApp::start().await;
    let (member, stranger) = (Browser::signed_in(&app, "ada").await, Browser::new(&app));
    // Signing out for good would change what the rest of the table means.
    let paths =
        forms(&app).into_iter().filter(|path| !["/logout", "/account/sessions/removal"].contains(&path.as_str()));
    let mut told = 0;
    for path in paths {
        let open = ["/login", "/register", "/forgot", "/reset", "/verify", "/resend"].contains(&path.as_str());
        let browser = if open { &stranger } else { &member };
        let own = browser.token(if open { "/login" } else { "/documents" }).await;
        let foreign = Browser::new(&app).token("/login").await;
        for site in [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site")] {
            for origin in [None, Some(OWN), Some("https://evil.example"), Some("null")] {
                for token in [None, Some(&own), Some(&foreign)] {
                    let headers = [("sec-fetch-site", site), ("origin", origin)];
                    let answer = sent(browser, &path, headers, token.map(String::as_str)).await;
                    let fits = token == Some(&own);
                    let taken = answer.status != 403;
                    assert_eq!(
                        taken,
                        is_ours(site, origin, fits),
                        "{path} {site:?} {origin:?} {fits}: {}",
                        answer.status
                    );
                    told += 1;
                }
            }
        }
    }
    assert!(told >= 15 * 60, "{told}");
}

#[tokio::test]
async fn a_login_from_another_site_signs_nobody_in() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "eve").await;
    let victim = Browser::new(&app);
    let fields = [("email", "eve@example.org"), ("password", crate::support::PASSWORD)];
    let request = victim.request("POST", "/login").header("sec-fetch-site", "cross-site").form(&fields);
    let answer = victim.send(request).await;
    assert_eq!(answer.status, 403);
    assert!(answer.header("set-cookie").is_none() && answer.text().contains("did not come from a page of this site"));
}

#[tokio::test]
async fn a_file_is_taken_with_the_token_before_it_and_refused_without() {
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
async fn a_token_is_one_browser_s_and_dies_with_its_session() {
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
async fn looking_needs_no_proof() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for method in ["GET", "HEAD"] {
        let request = browser.request(method, "/documents").header("sec-fetch-site", "cross-site");
        assert_eq!(request.header("origin", "https://evil.example").send().await.status, 200, "{method}");
    }
}
