//! API tests, one file per endpoint.

mod auth;
pub mod documents;
mod health;
pub mod typesettings;
pub mod uploads;

use crate::support::TestResponse;

/// Operations that generators added. The generated tests check their OpenAPI descriptions.
pub const GENERATED: &[&str] = &[
    // generated-inject (do not remove)
];

/// Returns the rejected fields as `field:code`.
fn field_errors(response: &TestResponse) -> Vec<String> {
    assert_eq!(response.error_code(), "validation_error");
    let body = response.json();
    let details = body["error"]["details"].as_array().unwrap();
    details
        .iter()
        .map(|detail| format!("{}:{}", detail["field"].as_str().unwrap(), detail["code"].as_str().unwrap()))
        .collect()
}
