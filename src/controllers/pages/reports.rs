//! Takes browsers' reports about what our content policy kept from running, and writes them to the log.

use axum::{body::Bytes, http::StatusCode, routing::post};
use serde::Deserialize;

use super::page_routes::{PageRoutes, body_limit};

/// Bytes of a request at most: a browser sends several reports at once.
const BODY_BYTES: usize = 16 * 1024;
/// Reports of one request that are looked at.
const MAX_REPORTS: usize = 5;
/// Characters of each value that are kept.
const CHARACTERS: usize = 200;

/// The route. Nothing is changed by it, so it takes whatever any site's browser sends.
pub fn routes() -> PageRoutes {
    PageRoutes::default().open("report", "/csp-reports", body_limit(BODY_BYTES, post(receive)))
}

/// What is wanted of a report, by its names in either format (CSP 3, sections 5.3 and 6.1).
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

/// One report of the older format, or a list of the newer one.
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
    // Whatever cannot be read is not worth a word: nobody waits for the answer.
    for violation in violations(&body) {
        tracing::warn!(
            event = "csp_violation",
            directive = shown(&violation.directive),
            blocked = shown(&violation.blocked),
            document = shown(&violation.document),
            source = shown(&violation.source),
            "a browser kept something from running"
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

/// Without the query and what follows, which may hold a token, and no longer than it need be.
fn shown(address: &str) -> String {
    address.split(['?', '#']).next().unwrap_or_default().chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        let old = br#"{"csp-report":{"document-uri":"https://a.example/b?token=c","violated-directive":"script-src","blocked-uri":"inline"}}"#;
        let new = br#"[{"type":"csp-violation","age":1,"body":{"documentURL":"https://a.example/b?token=c","effectiveDirective":"script-src","blockedURL":"inline","disposition":"enforce"}}]"#;
        for body in [&old[..], new] {
            let [violation] = &violations(body)[..] else { panic!("not one") };
            assert_eq!((violation.directive.as_str(), violation.blocked.as_str()), ("script-src", "inline"));
            assert_eq!(shown(&violation.document), "https://a.example/b");
        }
    }

    #[test]
    fn nothing_is_made_of_anything_else() {
        for body in [&b""[..], b"{}", b"[1]", b"\xff", b"{\"csp-report\":1}"] {
            assert!(violations(body).is_empty());
        }
        let many = format!("[{}]", vec!["{\"body\":{}}"; 100].join(","));
        assert_eq!(violations(many.as_bytes()).len(), MAX_REPORTS);
    }
}
