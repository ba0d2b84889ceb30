//! One file for each endpoint.

mod auth;
pub mod documents;
mod health;
pub mod typesettings;
pub mod uploads;

use crate::support::Answer;

/// What the generator wrote: its own tests hold how it is described.
pub const GENERATED: &[&str] = &[
    // generated-inject (do not remove)
];

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
