//! Every answer has each security header once, whatever answered.

use futures_util::future::join_all;

use crate::support::{
    Answer, TestApp,
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
async fn every_answer_has_each_security_header_once() {
    let app = TestApp::start_faulty().await;
    let endpoints = endpoints(&app.ctx);
    let each = endpoints.iter().map(async |(method, path)| {
        let faults = ALL.map(|(fault, _)| app.request(method, path).fault(fault).send());
        let mut answers = join_all(faults).await;
        answers.push(app.request(method, path).send().await);
        for answer in answers {
            assert_once(&answer, &format!("{method} {path} {}", answer.status));
        }
    });
    join_all(each).await;
}

fn assert_once(answer: &Answer, what: &str) {
    for name in ONCE {
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{what}: {name}");
    }
    for name in ["server", "x-powered-by", "strict-transport-security"] {
        assert!(answer.headers.get(name).is_none(), "{what}: {name}");
    }
}

#[tokio::test]
async fn the_content_policy_allows_nothing_inline_and_no_foreign_host() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/health/live").send().await;
    let policy = answer.header("content-security-policy").unwrap();
    for forbidden in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*"] {
        assert!(!policy.contains(forbidden), "{policy}");
    }
    assert_eq!(answer.header("reporting-endpoints"), Some("csp=\"/csp-reports\""));
    insta::assert_snapshot!(policy, @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri /csp-reports; report-to csp");
}

#[tokio::test]
async fn what_is_personal_is_kept_by_nobody() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for path in ["/api/v1/auth/me", "/api/v1/uploads", "/api/v1/documents"] {
        assert_eq!(app.get(path).bearer(&who).send().await.header("cache-control"), Some("no-store"), "{path}");
    }
}
