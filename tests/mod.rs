//! Every test that crosses a boundary, in one binary.
// Helpers are part of the tests, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod boot_gate;
mod documentation;
mod env_files;
mod errors;
mod headers;
mod layers;
mod limits;
mod metrics;
mod migrations;
mod processes;
mod redis;
mod request_ids;
mod requests;
mod support;
mod typesetting;
