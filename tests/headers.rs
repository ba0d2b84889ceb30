//! Tests of the security headers of every response.

use std::{collections::BTreeMap, fs};

use futures_util::future::join_all;
use regex::Regex;

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

/// Returns the security headers of a configuration file, by their names in lower case.
fn configured(path: &str) -> BTreeMap<String, String> {
    let placeholder = Regex::new("<%=[^%]*%>").unwrap();
    let text = fs::read_to_string(path).unwrap();
    let config: serde_yaml_ng::Value = serde_yaml_ng::from_str(&placeholder.replace_all(&text, "0")).unwrap();
    let headers = config["server"]["middlewares"]["secure_headers"]["overrides"].as_mapping().unwrap();
    let text = |value: &serde_yaml_ng::Value| value.as_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (text(name).to_lowercase(), text(value))).collect()
}

/// nginx adds the security headers to its own responses, for example to errors while the app is unavailable.
#[test]
fn nginx_sends_the_security_headers_of_the_production_configuration() {
    let text = fs::read_to_string("nginx/conf/headers.conf").unwrap();
    let map = Regex::new(
        r#"(?m)^map \$upstream_http_(\w+) \$(\w+) \{\n +"" +(?:"([^"]*)"|'([^']*)'|([^;]*));\n +default \$upstream_http_(\w+);\n\}$"#,
    );
    let mut nginx = BTreeMap::new();
    for found in map.unwrap().captures_iter(&text) {
        let name = found[1].replace('_', "-");
        assert_eq!(found[1], found[6], "the map of {name} must keep the value of the app");
        let sent = Regex::new(&format!(r#"(?mi)^more_set_headers "{name}: \${}";$"#, &found[2])).unwrap();
        assert!(sent.is_match(&text), "{name} is not sent");
        let value = [3, 4, 5].into_iter().find_map(|group| found.get(group)).unwrap();
        nginx.insert(name, value.as_str().to_owned());
    }
    assert_eq!(nginx, configured("config/production.yaml"));
    assert!(nginx.len() > 7, "{nginx:?}");
}
