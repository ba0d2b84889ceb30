//! Tests of the error response format on every route, with every kind of failure.

use axum::body::{Body, Bytes};
use ballast::errors::TABLE;
use futures_util::{Stream, future::join_all};
use serde_json::json;

use crate::support::{
    TestApp, TestResponse,
    faults::{ALL, INTERNAL, endpoints},
};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

/// Asserts that the response has the error format and a code for its status, and contains no internal details.
fn assert_format(response: &TestResponse, case: &str) {
    let code = response.error_code();
    let row = TABLE.iter().find(|row| row.2 == code).unwrap_or_else(|| panic!("{case}: unknown code {code}"));
    let general = matches!(code.as_str(), "bad_request" | "internal_error");
    assert!(row.1 == response.status.as_u16() || general, "{case}: {code} with {}", response.status);
    assert_eq!(response.header("cache-control"), Some("no-store"), "{case}");
    let internal = ["sqlx", "sea_orm", "SQLSTATE", "panicked", ".rs", "axum", "loco", "hyper", INTERNAL];
    let text = format!("{} {:?}", response.text(), response.headers);
    assert!(!internal.iter().any(|word| text.contains(word)), "{case}: {text}");
}

#[tokio::test]
async fn faults_return_the_error_format_on_every_route() {
    let app = TestApp::start_faulty().await;
    let endpoints = endpoints(&app.ctx);
    let each = endpoints.iter().flat_map(|endpoint| ALL.map(|fault| (endpoint, fault)));
    // Sends the requests concurrently, because each stalled request takes one second.
    let each = each.map(async |((method, path), (fault, status))| {
        let response = app.request(method, path).fault(fault).send().await;
        let case = format!("{method} {path} with {fault:?}");
        assert_eq!(response.status, status, "{case}");
        assert_format(&response, &case);
    });
    join_all(each).await;
}

#[tokio::test]
async fn routes_return_405_with_allow_for_other_methods() {
    let app = TestApp::start().await;
    let endpoints = endpoints(&app.ctx);
    for (_, path) in &endpoints {
        let mut allowed: Vec<&str> =
            endpoints.iter().filter(|(_, other)| other == path).map(|(method, _)| method.as_str()).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        for method in METHODS.into_iter().filter(|method| !allowed.contains(method)) {
            let case = format!("{method} {path}");
            let response = app.request(method, path).send().await;
            assert_eq!(response.status, 405, "{case}");
            let allow = response.header("allow").unwrap_or_else(|| panic!("{case}: no Allow"));
            assert!(allowed.iter().all(|method| allow.contains(method)), "{case}: {allow}");
            if method == "HEAD" {
                assert!(response.bytes.is_empty(), "{case}");
            } else {
                assert_format(&response, &case);
            }
        }
    }
}

#[tokio::test]
async fn unknown_paths_return_404() {
    let app = TestApp::start().await;
    // Checks only API paths, because static files are also found with a trailing slash.
    for (_, path) in endpoints(&app.ctx).into_iter().filter(|(_, path)| path.starts_with("/api")) {
        for unknown in [format!("{path}/"), format!("{path}/nope/nope"), format!("/{path}"), path.to_uppercase()] {
            let response = app.get(&unknown).send().await;
            assert_eq!(response.status, 404, "{unknown}");
            assert_format(&response, &unknown);
        }
    }
}

#[tokio::test]
async fn errors_have_no_body_for_head_requests() {
    let app = TestApp::start().await;
    let response = app.request("HEAD", "/api/v1/nope").send().await;
    assert_eq!((response.status.as_u16(), response.bytes.len()), (404, 0));
    assert!(response.header("x-request-id").is_some());
}

/// Returns a body that panics when the server reads the body.
fn unreadable() -> impl Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::poll_fn(|_| panic!("a body with too large a `Content-Length` was read"))
}

#[tokio::test]
async fn json_routes_reject_unreadable_bodies_with_specific_codes() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let operations = spec["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (method.to_uppercase(), path, operation))
    });
    let json_routes: Vec<_> = operations
        .filter(|(_, _, operation)| operation["requestBody"]["content"]["application/json"].is_object())
        .collect();
    assert!(json_routes.len() >= 5, "{json_routes:?}");
    for (method, path, _) in json_routes {
        let path = path.replace("{id}", &uuid::Uuid::now_v7().to_string());
        let request = || app.request(&method, &path).bearer(&user);
        let typed = || request().header("content-type", "application/json");
        let bodies = [
            ("bad_request", typed().body("{\"a\":")),
            ("bad_request", typed().body("[".repeat(10_000))),
            ("bad_request", typed().body("{\"is_admin\":true,")),
            ("bad_request", typed().body(vec![b'{', b'"', 0xff, b'"'])),
            ("unsupported_media_type", request().header("content-type", "text/plain").body("{}")),
            ("unsupported_media_type", request().body("{}")),
            ("validation_error", request().json(&json!([1, 2]))),
            ("validation_error", request().json(&json!({ "is_admin": true }))),
            ("payload_too_large", request().json(&json!({ "body": "x".repeat(7 * 1024 * 1024) }))),
            ("payload_too_large", typed().header("content-length", "7340032").body(Body::from_stream(unreadable()))),
        ];
        for (code, request) in bodies {
            let response = request.send().await;
            let case = format!("{method} {path}, {code}");
            assert_format(&response, &case);
            assert_eq!(response.error_code(), code, "{case}");
        }
    }
}

#[tokio::test]
async fn private_routes_return_401_without_valid_credentials() {
    let app = TestApp::start().await;
    let public = [
        "/api/v1/health",
        "/api/v1/health/live",
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/verify",
        "/api/v1/auth/resend",
        "/api/v1/auth/forgot",
        "/api/v1/auth/reset",
    ];
    for (method, path) in endpoints(&app.ctx)
        .into_iter()
        .filter(|(_, path)| path.starts_with("/api/v1") && !public.contains(&path.as_str()))
    {
        for authorization in [None, Some("Bearer"), Some("Bearer nonsense"), Some("Basic YTpi")] {
            let request = app.request(&method, &path);
            let request =
                authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
            let response = request.send().await;
            let case = format!("{method} {path} with {authorization:?}");
            assert_eq!(response.status, 401, "{case}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{case}");
            assert_format(&response, &case);
        }
    }
}

#[tokio::test]
async fn routes_reject_invalid_ids_with_400() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let routes = loco_rs::boot::list_endpoints::<ballast::app::App>(&app.ctx);
    for route in routes.into_iter().filter(|route| route.uri.starts_with("/api/") && route.uri.contains('{')) {
        let path = route
            .uri
            .split('/')
            .map(|part| if part.starts_with('{') { "42" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in route.actions {
            let response = app
                .request(method.as_str(), &path)
                .bearer(&user)
                .json(&json!({ "title": "t", "body": "b" }))
                .send()
                .await;
            assert_eq!(response.error_code(), "bad_request", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn routes_return_503_with_retry_after_without_the_database() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    app.db.close().await.unwrap();
    for (method, path) in
        endpoints(&app.ctx).into_iter().filter(|(_, path)| path.starts_with("/api/v1") && !path.contains("health"))
    {
        let body = match path.as_str() {
            "/api/v1/auth/register" => {
                json!({ "name": "Eve", "email": "eve@example.org", "password": "correct horse battery" })
            }
            "/api/v1/auth/login" => json!({ "email": "ada@example.org", "password": "correct horse battery" }),
            "/api/v1/auth/refresh" => json!({ "refresh_token": user.refresh }),
            "/api/v1/auth/verify" => json!({ "token": "any" }),
            "/api/v1/auth/reset" => json!({ "token": "any", "password": "correct horse battery" }),
            "/api/v1/auth/forgot" | "/api/v1/auth/resend" => json!({ "email": "ada@example.org" }),
            _ => json!({ "title": "t", "body": "b" }),
        };
        let response = app.request(&method, &path).bearer(&user).json(&body).send().await;
        let case = format!("{method} {path}");
        assert_eq!(response.error_code(), "service_unavailable", "{case}");
        assert!(response.header("retry-after").is_some(), "{case}");
        assert_format(&response, &case);
    }
}

#[tokio::test]
async fn duplicate_headers_return_400() {
    let app = TestApp::start().await;
    for name in ["authorization", "content-type", "host", "range", "if-range", "idempotency-key"] {
        let response = app.get("/api/v1/health/live").header(name, "a").header(name, "b").send().await;
        assert_eq!(response.error_code(), "bad_request", "{name}");
    }
}

#[tokio::test]
async fn list_headers_are_read_from_all_lines() {
    let app = TestApp::start().await;
    let lines = |name: &str, values: [&str; 2]| app.get("/nope").header(name, values[0]).header(name, values[1]);
    let page = lines("accept", ["application/json;q=0.5", "text/html"]).send().await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let german = lines("accept-language", ["en;q=0.5", "de"]).header("accept", "text/html").send().await;
    assert!(german.text().contains("lang=\"de\""), "{}", german.text());
}

#[tokio::test]
async fn compressed_body_is_rejected_unread() {
    let app = TestApp::start().await;
    let send = async |codings: &[&str]| {
        let login = app.post("/api/v1/auth/login").body(Body::from_stream(unreadable()));
        let encoded = codings.iter().fold(login, |request, coding| request.header("content-encoding", coding));
        encoded.header("content-type", "application/json").send().await
    };
    let compressed: [&[&str]; 5] =
        [&["gzip"], &["identity", "gzip"], &["gzip", "identity"], &["identity, br"], &["identity", ""]];
    for codings in compressed {
        assert_eq!(send(codings).await.error_code(), "unsupported_media_type", "{codings:?}");
    }
    for codings in [["identity"].as_slice(), &["identity", "Identity, identity"]] {
        let login = app.post("/api/v1/auth/login").json(&json!({}));
        let login = codings.iter().fold(login, |request, coding| request.header("content-encoding", coding));
        assert_eq!(login.send().await.error_code(), "validation_error", "{codings:?}");
    }
}

#[tokio::test]
async fn json_list_is_rejected_in_place_of_an_object() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let list = json!(["ada@example.org", crate::support::PASSWORD]);
    assert_eq!(app.post("/api/v1/auth/login").json(&list).send().await.error_code(), "validation_error");
}

#[tokio::test]
async fn too_long_targets_and_headers_are_rejected() {
    let app = TestApp::start().await;
    let long = format!("/api/v1/health/live?{}", "a".repeat(8 * 1024));
    assert_eq!(app.get(&long).send().await.error_code(), "uri_too_long");
    let large = app.get("/api/v1/health/live").header("x-a", &"b".repeat(33 * 1024)).send().await;
    assert_eq!(large.error_code(), "request_header_fields_too_large");
}

#[tokio::test]
async fn errors_are_html_outside_the_api_and_json_inside() {
    let app = TestApp::start().await;
    let page = app.get("/nope").header("accept", "text/html,application/xhtml+xml").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(page.text().contains(page.header("x-request-id").unwrap()), "{}", page.text());
    for accept in ["application/json, text/html;q=0.1", "text/html;q=0", "*/*"] {
        assert_eq!(app.get("/nope").header("accept", accept).send().await.error_code(), "not_found", "{accept}");
    }
    let json = app.get("/api/v1/nope").header("accept", "text/html").send().await;
    assert_eq!(json.error_code(), "not_found");
}

#[tokio::test]
async fn error_page_escapes_the_request_path() {
    let app = TestApp::start().await;
    let page = app.get("/%3Cscript%3E").header("accept", "text/html").send().await;
    assert!(!page.text().contains("<script>"), "{}", page.text());
}
