//! Production-ready starter for web applications in Rust, built on Loco.

/// Command-line argument that starts this program as a typesetter child process.
pub const TYPESET_WORKER: &str = "typeset-worker";

pub mod app;
pub mod client_address;
pub mod clock;
pub mod controllers;
pub mod cookies;
pub mod crypto;
pub mod email_address;
pub mod errors;
pub mod health;
pub mod initializers;
pub mod mailers;
pub mod middleware;
pub mod models;
pub mod password;
pub mod rate_limits;
pub mod server;
pub mod services;
pub mod settings;
pub mod tasks;
pub mod telemetry;
pub mod typesetting;
pub mod views;
pub mod workers;
