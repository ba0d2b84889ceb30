//! `POST /csp-reports`.

use crate::support::{TestApp, app::limit};

const REPORT: &str =
    r#"{"csp-report":{"document-uri":"https://a.example/?token=b","violated-directive":"script-src"}}"#;

#[tokio::test]
async fn whatever_comes_is_answered_alike_as_often_as_the_limit_says() {
    let app = TestApp::start_with(|config| limit(config, "report", 4, 60)).await;
    let bodies = [REPORT, "[]", "nonsense", ""];
    for body in bodies {
        let request = app.post("/csp-reports").header("sec-fetch-site", "cross-site").header("origin", "null");
        let answer = request.header("content-type", "application/csp-report").body(body).send().await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (204, 0), "{body}");
    }
    assert_eq!(app.post("/csp-reports").body(REPORT).send().await.error_code(), "rate_limited");
}

#[tokio::test]
async fn a_report_has_a_bound() {
    let app = TestApp::start().await;
    let large = format!("[{}]", " ".repeat(20_000));
    assert_eq!(app.post("/csp-reports").body(large).send().await.error_code(), "payload_too_large");
}
