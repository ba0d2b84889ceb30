//! Tests of request IDs: every response has a generated ID, and IDs from clients are ignored.

use std::collections::HashSet;

use crate::support::{TestApp, faults::endpoints};

#[tokio::test]
async fn responses_have_unique_request_ids() {
    let app = TestApp::start().await;
    let mut seen = HashSet::new();
    for (method, path) in endpoints(&app.ctx) {
        let response = app.request(&method, &path).send().await;
        let id = response.header("x-request-id").unwrap_or_else(|| panic!("{method} {path}: no id")).to_owned();
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7, "{method} {path}");
        assert!(seen.insert(id), "{method} {path}: duplicate request ID");
    }
}

#[tokio::test]
async fn request_id_of_a_client_is_ignored() {
    let app = TestApp::start().await;
    let long = "x".repeat(10_000);
    for forged in ["01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d", "<script>", &long] {
        for path in ["/api/v1/health/live", "/api/v1/nope"] {
            let response = app.get(path).header("x-request-id", forged).header("x-request-id", "another").send().await;
            let everything = format!("{:?} {}", response.headers, response.text());
            assert!(!everything.contains(forged) && !everything.contains("another"), "{path}: {everything}");
            assert_eq!(response.headers.get_all("x-request-id").iter().count(), 1);
        }
    }
}
