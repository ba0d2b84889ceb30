//! Every failure has the one shape: each route of the router is put through each class of failure.

use axum::body::{Body, Bytes};
use ballast::errors::TABLE;
use futures_util::{Stream, future::join_all};
use serde_json::json;

use crate::support::{
    Answer, TestApp,
    faults::{ALL, INTERNAL, endpoints},
};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

/// The shape, a code that goes with the status, and nothing of what lies inside.
fn assert_shape(answer: &Answer, what: &str) {
    let code = answer.error_code();
    let row = TABLE.iter().find(|row| row.2 == code).unwrap_or_else(|| panic!("{what}: {code} is no code"));
    let general = matches!(code.as_str(), "bad_request" | "internal_error");
    assert!(row.1 == answer.status.as_u16() || general, "{what}: {code} with {}", answer.status);
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    let inside = ["sqlx", "sea_orm", "SQLSTATE", "panicked", ".rs", "axum", "loco", "hyper", INTERNAL];
    let text = format!("{} {:?}", answer.text(), answer.headers);
    assert!(!inside.iter().any(|word| text.contains(word)), "{what}: {text}");
}

#[tokio::test]
async fn every_fault_behind_every_route_comes_out_in_the_one_shape() {
    let app = TestApp::start_faulty().await;
    let endpoints = endpoints(&app.ctx);
    let each = endpoints.iter().flat_map(|endpoint| ALL.map(|fault| (endpoint, fault)));
    // All at once: a request that stalls takes its whole second.
    let each = each.map(async |((method, path), (fault, status))| {
        let answer = app.request(method, path).fault(fault).send().await;
        let what = format!("{method} {path} with {fault:?}");
        assert_eq!(answer.status, status, "{what}");
        assert_shape(&answer, &what);
    });
    join_all(each).await;
}

#[tokio::test]
async fn every_route_refuses_the_methods_that_it_does_not_take_and_names_those_it_does() {
    let app = TestApp::start().await;
    let endpoints = endpoints(&app.ctx);
    for (_, path) in &endpoints {
        let mut taken: Vec<&str> =
            endpoints.iter().filter(|(_, other)| other == path).map(|(method, _)| method.as_str()).collect();
        if taken.contains(&"GET") {
            taken.push("HEAD");
        }
        for method in METHODS.into_iter().filter(|method| !taken.contains(method)) {
            let what = format!("{method} {path}");
            let answer = app.request(method, path).send().await;
            assert_eq!(answer.status, 405, "{what}");
            let allow = answer.header("allow").unwrap_or_else(|| panic!("{what}: no Allow"));
            assert!(taken.iter().all(|method| allow.contains(method)), "{what}: {allow}");
            if method == "HEAD" {
                assert!(answer.bytes.is_empty(), "{what}");
            } else {
                assert_shape(&answer, &what);
            }
        }
    }
}

#[tokio::test]
async fn every_path_beside_a_route_is_not_found() {
    let app = TestApp::start().await;
    // A file is found under its name with a slash behind it, too.
    for (_, path) in endpoints(&app.ctx).into_iter().filter(|(_, path)| path.starts_with("/api")) {
        for beside in [format!("{path}/"), format!("{path}/nope/nope"), format!("/{path}"), path.to_uppercase()] {
            let answer = app.get(&beside).send().await;
            assert_eq!(answer.status, 404, "{beside}");
            assert_shape(&answer, &beside);
        }
    }
}

#[tokio::test]
async fn a_head_request_gets_the_head_of_the_failure_alone() {
    let app = TestApp::start().await;
    let answer = app.request("HEAD", "/api/v1/nope").send().await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (404, 0));
    assert!(answer.header("x-request-id").is_some());
}

/// A body that nobody has to look at to know that it is too large.
fn unread() -> impl Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::poll_fn(|_| panic!("read although it says that it is too large"))
}

#[tokio::test]
async fn every_route_that_takes_json_refuses_what_it_cannot_read_by_its_own_code() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let operations = spec["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (method.to_uppercase(), path, operation))
    });
    let json_ones: Vec<_> =
        operations.filter(|(_, _, it)| it["requestBody"]["content"]["application/json"].is_object()).collect();
    assert!(json_ones.len() >= 5, "{json_ones:?}");
    for (method, path, _) in json_ones {
        let path = path.replace("{id}", &uuid::Uuid::now_v7().to_string());
        let request = || app.request(&method, &path).bearer(&who);
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
            ("payload_too_large", typed().header("content-length", "7340032").body(Body::from_stream(unread()))),
        ];
        for (code, request) in bodies {
            let answer = request.send().await;
            let what = format!("{method} {path}, {code}");
            assert_shape(&answer, &what);
            assert_eq!(answer.error_code(), code, "{what}");
        }
    }
}

#[tokio::test]
async fn every_route_that_needs_somebody_refuses_nobody() {
    let app = TestApp::start().await;
    let open = [
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
        .filter(|(_, path)| path.starts_with("/api/v1") && !open.contains(&path.as_str()))
    {
        for authorization in [None, Some("Bearer"), Some("Bearer nonsense"), Some("Basic YTpi")] {
            let request = app.request(&method, &path);
            let request =
                authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
            let answer = request.send().await;
            let what = format!("{method} {path} with {authorization:?}");
            assert_eq!(answer.status, 401, "{what}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
            assert_shape(&answer, &what);
        }
    }
}

#[tokio::test]
async fn every_id_in_a_path_that_is_none_is_a_bad_request() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let routes = loco_rs::boot::list_endpoints::<ballast::app::App>(&app.ctx);
    for route in routes.into_iter().filter(|route| route.uri.starts_with("/api/") && route.uri.contains('{')) {
        let path = route
            .uri
            .split('/')
            .map(|part| if part.starts_with('{') { "42" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in route.actions {
            let answer = app
                .request(method.as_str(), &path)
                .bearer(&who)
                .json(&json!({ "title": "t", "body": "b" }))
                .send()
                .await;
            assert_eq!(answer.error_code(), "bad_request", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_route_that_needs_the_database_says_so_when_it_is_gone() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    app.ctx.db.close_by_ref().await.unwrap();
    for (method, path) in
        endpoints(&app.ctx).into_iter().filter(|(_, path)| path.starts_with("/api/v1") && !path.contains("health"))
    {
        let body = match path.as_str() {
            "/api/v1/auth/register" => {
                json!({ "name": "Eve", "email": "eve@example.org", "password": "correct horse battery" })
            }
            "/api/v1/auth/login" => json!({ "email": "ada@example.org", "password": "correct horse battery" }),
            "/api/v1/auth/refresh" => json!({ "refresh_token": who.refresh }),
            "/api/v1/auth/verify" => json!({ "token": "any" }),
            "/api/v1/auth/reset" => json!({ "token": "any", "password": "correct horse battery" }),
            "/api/v1/auth/forgot" | "/api/v1/auth/resend" => json!({ "email": "ada@example.org" }),
            _ => json!({ "title": "t", "body": "b" }),
        };
        let answer = app.request(&method, &path).bearer(&who).json(&body).send().await;
        let what = format!("{method} {path}");
        assert_eq!(answer.error_code(), "service_unavailable", "{what}");
        assert!(answer.header("retry-after").is_some(), "{what}");
        assert_shape(&answer, &what);
    }
}

#[tokio::test]
async fn a_header_that_stands_twice_is_a_bad_request() {
    let app = TestApp::start().await;
    for name in ["authorization", "content-type", "host"] {
        let answer = app.get("/api/v1/health/live").header(name, "a").header(name, "b").send().await;
        assert_eq!(answer.error_code(), "bad_request", "{name}");
    }
}

#[tokio::test]
async fn a_packed_body_is_refused_before_anything_reads_it() {
    let app = TestApp::start().await;
    let packed = app.post("/api/v1/auth/login").header("content-encoding", "gzip").json(&json!({})).send().await;
    assert_eq!(packed.error_code(), "unsupported_media_type");
}

#[tokio::test]
async fn a_list_does_not_pass_for_an_object() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let list = json!(["ada@example.org", crate::support::PASSWORD]);
    assert_eq!(app.post("/api/v1/auth/login").json(&list).send().await.error_code(), "validation_error");
}

#[tokio::test]
async fn a_target_or_headers_beyond_their_bounds_are_refused_in_the_one_shape() {
    let app = TestApp::start().await;
    let long = format!("/api/v1/health/live?{}", "a".repeat(8 * 1024));
    assert_eq!(app.get(&long).send().await.error_code(), "uri_too_long");
    let large = app.get("/api/v1/health/live").header("x-a", &"b".repeat(33 * 1024)).send().await;
    assert_eq!(large.error_code(), "request_header_fields_too_large");
}

#[tokio::test]
async fn a_browser_gets_a_page_outside_the_api_and_json_inside() {
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
async fn what_a_page_shows_is_escaped() {
    let app = TestApp::start().await;
    let page = app.get("/%3Cscript%3E").header("accept", "text/html").send().await;
    assert!(!page.text().contains("<script>"), "{}", page.text());
}
