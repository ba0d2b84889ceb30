//! Every answer has each security header once, whatever answered.

use crate::support::{
    TestApp,
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
    for (method, path) in endpoints(&app.ctx) {
        let mut answers = vec![app.request(&method, &path).send().await];
        for (fault, _) in ALL {
            answers.push(app.request(&method, &path).fault(fault).send().await);
        }
        for answer in answers {
            for name in ONCE {
                assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{method} {path} {}: {name}", answer.status);
            }
            for name in ["server", "x-powered-by", "strict-transport-security"] {
                assert!(answer.headers.get(name).is_none(), "{method} {path}: {name}");
            }
        }
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
    insta::assert_snapshot!(policy);
}

#[tokio::test]
async fn what_is_personal_is_kept_by_nobody() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for path in ["/api/v1/auth/me", "/api/v1/uploads", "/api/v1/documents"] {
        assert_eq!(app.get(path).bearer(&who).send().await.header("cache-control"), Some("no-store"), "{path}");
    }
}
