//! Integration tests in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy does not recognize test helpers as tests")]
#![allow(clippy::too_many_lines, reason = "inline snapshots can be long")]

mod body_memory;
mod compose_secrets;
mod docs_consistency;
mod documentation;
mod entities;
mod env_files;
mod errors;
mod full_disk;
mod headers;
mod limits;
mod mail;
mod memory;
mod metrics;
mod migrations;
mod module_layers;
mod processes;
mod production_settings;
mod redis;
mod request_ids;
mod requests;
mod retention;
mod routes;
mod secrets;
mod security_events;
mod storage;
mod support;
mod tasks;
mod traces;
mod typesetting;
mod web;
mod wording;
mod workers;
