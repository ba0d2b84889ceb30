//! HTTP/1.1 server for an axum router with connection limits, timeouts for slow clients, and a graceful shutdown.
//!
//! - [`serve`] accepts connections until the `stop` future resolves. Running requests then have
//!   [`ConnectionLimits::grace`] to finish.
//! - The server disconnects a client that sends its headers too slowly, or pauses for too long while it sends a body
//!   or reads a response.
//! - If all permits are in use, the server closes the longest-idle connection for a new connection.
//! - Each client address has its own connection limit.
//! - If a response is sent before the end of its request, the server discards the rest of the request. The client
//!   therefore receives the response.

mod accept_loop;
mod connection;
mod connection_table;
mod drain;
mod graceful_shutdown;
mod limits;
mod linger;
#[cfg(test)]
mod tests;

pub use graceful_shutdown::{ServeOutcome, serve};
pub use limits::{ConnectionLimits, LingerLimits};
