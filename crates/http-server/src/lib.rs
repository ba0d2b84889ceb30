//! HTTP/1.1 server for an axum router: limits connections, times slow clients out, and shuts down gracefully.
//!
//! - [`serve`] accepts connections until its `stop` future resolves. Then running requests get
//!   [`ConnectionLimits::grace`] to finish.
//! - A client is disconnected if its headers, its body or its reading of a response pauses for too long.
//! - If all permits are in use, the connection that has been silent for longest is closed for a new one.
//! - Each client address has a limit of its own.

mod accept_loop;
mod connection;
mod connection_table;
mod drain;
mod graceful_shutdown;
mod limits;
#[cfg(test)]
mod tests;

pub use graceful_shutdown::{ServeOutcome, serve};
pub use limits::ConnectionLimits;
