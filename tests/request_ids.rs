//! Every answer has an id of ours, and a client's own is nowhere.

use std::collections::HashSet;

use crate::support::{TestApp, faults::endpoints};

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let app = TestApp::start().await;
    let mut seen = HashSet::new();
    for (method, path) in endpoints(&app.ctx) {
        let answer = app.request(&method, &path).send().await;
        let id = answer.header("x-request-id").unwrap_or_else(|| panic!("{method} {path}: no id")).to_owned();
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7, "{method} {path}");
        assert!(seen.insert(id), "{method} {path}: an id stands twice");
    }
}

#[tokio::test]
async fn a_forged_request_id_never_comes_back() {
    let app = TestApp::start().await;
    let long = "x".repeat(10_000);
    for forged in ["01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d", "<script>", &long] {
        for path in ["/api/v1/health/live", "/api/v1/nope"] {
            let answer = app.get(path).header("x-request-id", forged).header("x-request-id", "another").send().await;
            let everything = format!("{:?} {}", answer.headers, answer.text());
            assert!(!everything.contains(forged) && !everything.contains("another"), "{path}: {everything}");
            assert_eq!(answer.headers.get_all("x-request-id").iter().count(), 1);
        }
    }
}
