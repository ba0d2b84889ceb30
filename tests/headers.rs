//! Tests of the security headers of every response.

use futures_util::future::join_all;

use crate::support::{
    TestApp, TestResponse,
    faults::{ALL, endpoints},
};

const ONCE: [&str; 7] = [
    "content-security-policy",
    "referrer-policy",
    "permissions-policy",
    "x-content-type-options",
    "x-frame-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

#[tokio::test]
async fn responses_contain_each_security_header_once() {
    let app = TestApp::start_faulty().await;
    let endpoints = endpoints(&app.ctx);
    let each = endpoints.iter().map(async |(method, path)| {
        let faults = ALL.map(|(fault, _)| app.request(method, path).fault(fault).send());
        let mut responses = join_all(faults).await;
        responses.push(app.request(method, path).send().await);
        for response in responses {
            assert_once(&response, &format!("{method} {path} {}", response.status));
        }
    });
    join_all(each).await;
}

fn assert_once(response: &TestResponse, case: &str) {
    for name in ONCE {
        assert_eq!(response.headers.get_all(name).iter().count(), 1, "{case}: {name}");
    }
    for name in ["server", "x-powered-by", "strict-transport-security"] {
        assert!(response.headers.get(name).is_none(), "{case}: {name}");
    }
}

#[tokio::test]
async fn content_security_policy_permits_no_inline_code_and_no_foreign_host() {
    let app = TestApp::start().await;
    let response = app.get("/api/v1/health/live").send().await;
    let policy = response.header("content-security-policy").unwrap();
    for forbidden in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"] {
        assert!(!policy.contains(forbidden), "{policy}");
    }
    assert_eq!(response.header("reporting-endpoints"), Some("csp=\"/csp-reports\""));
    insta::assert_snapshot!(policy, @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri /csp-reports; report-to csp");
}

#[tokio::test]
async fn private_responses_are_not_cacheable() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for path in ["/api/v1/auth/me", "/api/v1/uploads", "/api/v1/documents"] {
        assert_eq!(app.get(path).bearer(&user).send().await.header("cache-control"), Some("no-store"), "{path}");
    }
}
