//! One file for each endpoint.

// Helpers are part of the tests, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod auth;
mod documents;
mod health;
mod typesettings;
mod uploads;

use crate::support::Answer;

/// Which field breaks which rule, as `field:code`.
fn faults(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.error_code(), "validation_error");
    let body = answer.json();
    let details = body["error"]["details"].as_array().unwrap();
    details
        .iter()
        .map(|detail| format!("{}:{}", detail["field"].as_str().unwrap(), detail["code"].as_str().unwrap()))
        .collect()
}
