//! Every test that crosses a boundary, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers are part of the tests, which clippy does not see")]
#![allow(clippy::too_many_lines, reason = "a snapshot is as long as what it shows")]

mod body_memory;
mod boot_gate;
mod docs_consistency;
mod documentation;
mod entities;
mod env_files;
mod errors;
mod full_disk;
mod headers;
mod layers;
mod limits;
mod mail;
mod memory;
mod metrics;
mod migrations;
mod pages;
mod processes;
mod redis;
mod request_ids;
mod requests;
mod retention;
mod secrets;
mod security_events;
mod storage;
mod support;
mod tasks;
mod traces;
mod typesetting;
mod workers;
