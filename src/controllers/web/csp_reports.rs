//! Logs reports of browsers about violations of the content security policy.

use axum::{body::Bytes, http::StatusCode, routing::post};
use serde::Deserialize;

use crate::controllers::routing::web::{WebRoutes, body_limit};

/// Maximum size of a request body, in bytes. A browser may send several reports in one request.
const BODY_BYTES: usize = 16 * 1024;
/// Maximum number of logged reports per request.
const MAX_REPORTS: usize = 5;
/// Maximum number of logged characters per value.
const CHARACTERS: usize = 200;

/// Returns the route. The route has no CSRF protection, because the handler changes nothing.
pub fn routes() -> WebRoutes {
    WebRoutes::default().open("report", "/csp-reports", body_limit(BODY_BYTES, post(receive)))
}

/// Logged fields of a report. The aliases are the field names in both report formats (CSP 3, sections 5.3 and 6.1).
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Violation {
    #[serde(alias = "effective-directive", alias = "effectiveDirective", alias = "violated-directive")]
    directive: String,
    #[serde(alias = "blocked-uri", alias = "blockedURL")]
    blocked: String,
    #[serde(alias = "document-uri", alias = "documentURL")]
    document: String,
    #[serde(alias = "source-file", alias = "sourceFile")]
    source: String,
}

/// One report in the older format, or a list of reports in the newer format.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reports {
    One {
        #[serde(rename = "csp-report")]
        report: Violation,
    },
    Several(Vec<Report>),
}

#[derive(Deserialize)]
struct Report {
    body: Violation,
}

async fn receive(body: Bytes) -> StatusCode {
    // Returns no error for a malformed report, because browsers ignore the response.
    for violation in violations(&body) {
        tracing::warn!(
            event = "csp_violation",
            directive = sanitized(&violation.directive),
            blocked = sanitized(&violation.blocked),
            document = sanitized(&violation.document),
            source = sanitized(&violation.source),
            "browser blocked content"
        );
    }
    StatusCode::NO_CONTENT
}

fn violations(body: &[u8]) -> Vec<Violation> {
    match serde_json::from_slice(body) {
        Ok(Reports::One { report }) => vec![report],
        Ok(Reports::Several(reports)) => reports.into_iter().take(MAX_REPORTS).map(|report| report.body).collect(),
        Err(_) => Vec::new(),
    }
}

/// Removes the query and the fragment of a URL, because both may contain a token. Truncates a long URL.
fn sanitized(address: &str) -> String {
    address.split(['?', '#']).next().unwrap_or_default().chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_is_parsed_in_both_formats() {
        let old = br#"{"csp-report":{"document-uri":"https://a.example/b?token=c","violated-directive":"script-src","blocked-uri":"inline"}}"#;
        let new = br#"[{"type":"csp-violation","age":1,"body":{"documentURL":"https://a.example/b?token=c","effectiveDirective":"script-src","blockedURL":"inline","disposition":"enforce"}}]"#;
        for body in [&old[..], new] {
            let [violation] = &violations(body)[..] else { panic!("expected one violation") };
            assert_eq!((violation.directive.as_str(), violation.blocked.as_str()), ("script-src", "inline"));
            assert_eq!(sanitized(&violation.document), "https://a.example/b");
        }
    }

    #[test]
    fn malformed_report_is_ignored() {
        for body in [&b""[..], b"{}", b"[1]", b"\xff", b"{\"csp-report\":1}"] {
            assert!(violations(body).is_empty());
        }
        let many = format!("[{}]", vec!["{\"body\":{}}"; 100].join(","));
        assert_eq!(violations(many.as_bytes()).len(), MAX_REPORTS);
    }
}
