//! A web service on Loco, hardened before anyone adds a line to it.

/// The argument that makes this program a typesetting child.
pub const TYPESET_WORKER: &str = "typeset-worker";

pub mod app;
pub mod client_address;
pub mod clock;
pub mod controllers;
pub mod correlation;
pub mod errors;
#[cfg(debug_assertions)]
pub mod generator;
pub mod initializers;
pub mod mailers;
pub mod middleware;
pub mod models;
pub mod password;
pub mod server;
pub mod settings;
pub mod tasks;
pub mod traces;
pub mod traffic;
pub mod typesetting;
pub mod views;
pub mod workers;
