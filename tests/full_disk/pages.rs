//! Tests of web pages while the disk under the database is full.

use serde_json::json;
use uuid::Uuid;

use super::{app_on, fill};
use crate::support::{
    Browser, PASSWORD, TestApp, TestResponse,
    api_requests::{is_same_route, token},
    browser::id_from_location,
    faults::endpoints,
    small_disk::SmallDisk,
};

use ballast::models::one_time_tokens::Purpose;

/// Paths of forms that write nothing to the database.
const READING: [&str; 2] = ["/csp-reports", "/documents/{id}/preview"];
const EMAIL: &str = "ada@example.org";

/// Form: the path and the fields.
type Form = (String, Vec<(&'static str, String)>);

fn form(path: &str, fields: &[(&'static str, &str)]) -> Form {
    (path.to_owned(), fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

/// Returns a valid form for every web page that writes to the database.
async fn forms(app: &TestApp, ada: &Browser<'_>) -> Vec<Form> {
    let text = [("title", "Notes"), ("body", "It rained.")];
    let document = id_from_location(&ada.submit("/documents", &text).await);
    let upload = upload(ada).await;
    assert_eq!(upload.status, 303, "{}", upload.text());
    let page = ada.page("/uploads").await;
    let upload = page.split_once("href=\"/uploads/").unwrap().1.split('/').next().unwrap();
    Browser::new(app).sign_in(EMAIL, PASSWORD).await;
    let page = ada.page("/account").await;
    let session = page.split("action=\"/account/sessions/").find_map(|rest| rest.split_once("/removal\""));
    let session = session.unwrap().0;
    let (verify, reset) = (token(app, EMAIL, Purpose::Verify).await, token(app, EMAIL, Purpose::Reset).await);
    let new = "another horse battery staple";
    vec![
        form("/register", &[("name", "Eve"), ("email", "eve@example.org"), ("password", PASSWORD)]),
        form("/login", &[("email", EMAIL), ("password", PASSWORD)]),
        form("/login", &[("email", EMAIL), ("password", "wrong wrong wrong")]),
        form("/logout", &[]),
        form("/verify", &[("token", &verify)]),
        form("/resend", &[("email", EMAIL)]),
        form("/forgot", &[("email", EMAIL)]),
        form("/reset", &[("token", &reset), ("password", new)]),
        form("/documents", &text),
        form(&format!("/documents/{document}"), &text),
        form(&format!("/documents/{document}/typesettings"), &[]),
        form(&format!("/documents/{document}/typesettings"), &text),
        form(&format!("/documents/{document}/removal"), &[]),
        form("/uploads", &[]),
        form(&format!("/uploads/{upload}/removal"), &[]),
        form("/account/profile", &[("name", "Ada"), ("language", "de")]),
        form(&format!("/account/sessions/{session}/removal"), &[]),
        form("/account/password", &[("current_password", PASSWORD), ("password", new)]),
        form("/account/sessions/removal", &[]),
        form("/account/removal", &[("password", PASSWORD)]),
    ]
}

async fn upload(browser: &Browser<'_>) -> TestResponse {
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin");
    request.file("a.txt", b"text").send().await
}

async fn submit(browser: &Browser<'_>, (path, fields): &Form) -> TestResponse {
    if path == "/uploads" {
        return upload(browser).await;
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submit(path, &fields).await
}

#[tokio::test]
async fn write_forms_return_a_507_page_while_the_disk_is_full_and_recover() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let app = app_on(&disk).await;
    let ada = Browser::signed_in(&app, "ada").await;
    let forms = forms(&app, &ada).await;
    for (method, template) in endpoints(&app.ctx) {
        let reads =
            READING.iter().any(|path| is_same_route(&path.replace("{id}", &Uuid::nil().to_string()), &template));
        let is_write = !template.starts_with("/api/") && !matches!(method.as_str(), "GET" | "HEAD") && !reads;
        let covered = forms.iter().any(|(path, _)| is_same_route(path, &template));
        assert!(covered || !is_write, "{method} {template} is not covered");
    }
    fill(&app, &disk).await;
    for form in &forms {
        let response = submit(&ada, form).await;
        assert_eq!(
            (response.status.as_u16(), response.header("content-type")),
            (507, Some("text/html; charset=utf-8"))
        );
        assert!(response.text().contains("Server storage full"), "{form:?}: {}", response.text());
    }
    for path in ["/documents", "/uploads", "/account", &forms[9].0] {
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }

    disk.free();
    // Excludes forms that end the session or the account, because the following forms would then fail.
    let ending = ["/login", "/logout", "/reset", "/account/removal"];
    for form in forms.iter().filter(|(path, _)| !ending.contains(&path.as_str())) {
        let response = submit(&ada, form).await;
        assert_eq!(response.status, 303, "{form:?}: {}", response.text());
    }
    assert_eq!(ada.get("/documents").await.status, 303, "all sessions are ended");
    let health = app.get("/api/v1/health").send().await.json();
    assert_eq!(health["checks"]["database"]["status"], json!("ok"));
}
