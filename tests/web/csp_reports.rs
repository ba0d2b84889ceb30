//! Tests of `POST /csp-reports`.

use crate::support::{TestApp, app::limit, log::Log};

const REPORT: &str =
    r#"{"csp-report":{"document-uri":"https://a.example/?token=b","violated-directive":"script-src"}}"#;

#[tokio::test]
async fn csp_report_returns_204_until_the_limit() {
    let app = TestApp::start_with(|config| limit(config, "report", 4, 60)).await;
    let log = Log::capture();
    let bodies = [REPORT, "[]", "nonsense", ""];
    for body in bodies {
        let request = app.post("/csp-reports").header("sec-fetch-site", "cross-site").header("origin", "null");
        let response = request.header("content-type", "application/csp-report").body(body).send().await;
        assert_eq!((response.status.as_u16(), response.bytes.len()), (204, 0), "{body}");
    }
    assert_eq!(app.post("/csp-reports").body(REPORT).send().await.error_code(), "rate_limited");
    let lines = log.events("csp_violation");
    assert_eq!((lines.len(), &lines[0]["level"]), (1, &"WARN".into()));
    assert_eq!((&lines[0]["directive"], &lines[0]["document"]), (&"script-src".into(), &"https://a.example/".into()));
}

#[tokio::test]
async fn csp_report_has_a_size_limit() {
    let app = TestApp::start().await;
    let large = format!("[{}]", " ".repeat(20_000));
    assert_eq!(app.post("/csp-reports").body(large).send().await.error_code(), "payload_too_large");
}
