//! Support for tests: applications, requests, fake servers and snapshot redactions.

pub mod api_requests;
pub mod app;
pub mod browser;
pub mod database;
pub mod faults;
pub mod import_graph;
mod lines;
pub mod log;
pub mod mail;
pub mod process;
pub mod proxy;
pub mod redactions;
pub mod redis;
pub mod request;
pub mod s3;
pub mod small_disk;
pub mod small_tablespace;
pub mod smtp;
pub mod source;

pub use app::TestApp;
pub use browser::Browser;
pub use request::TestResponse;

/// Password that satisfies all password rules.
pub const PASSWORD: &str = "correct horse battery staple";
