//! What every test stands on: an application of its own, requests to it, and what may be hidden in a snapshot.

pub mod app;
pub mod database;
pub mod faults;
pub mod process;
pub mod proxy;
pub mod redactions;
pub mod redis;
pub mod request;

pub use app::TestApp;
pub use request::Answer;

/// A password that every rule accepts.
pub const PASSWORD: &str = "correct horse battery staple";
