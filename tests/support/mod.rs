//! What every test stands on: an application of its own, requests to it, and what may be hidden in a snapshot.

pub mod app;
pub mod browser;
pub mod database;
pub mod faults;
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

pub use app::TestApp;
pub use browser::Browser;
pub use request::Answer;

/// A password that every rule accepts.
pub const PASSWORD: &str = "correct horse battery staple";
