//! Tests of the API. Each endpoint has one file.

mod auth;
pub mod documents;
mod health;
mod statements;
pub mod typesettings;
mod unresponsive_database;
pub mod uploads;

use crate::support::TestResponse;

/// Names of generated resources and controllers: the first path segment below `/api/v1/`.
///
/// The generated tests check the OpenAPI descriptions of these resources and controllers.
pub const GENERATED: &[&str] = &[
    // generated-inject (do not remove)
];

/// Returns the field errors of a response as `field:code`.
fn field_errors(response: &TestResponse) -> Vec<String> {
    assert_eq!(response.error_code(), "validation_error");
    let body = response.json();
    let details = body["error"]["details"].as_array().unwrap();
    details
        .iter()
        .map(|detail| format!("{}:{}", detail["field"].as_str().unwrap(), detail["code"].as_str().unwrap()))
        .collect()
}
