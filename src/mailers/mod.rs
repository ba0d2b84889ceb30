//! Mail: how it is written, and how it leaves.

mod message;
mod smtp;
mod transport;

pub use message::Writer;
pub use transport::{Failure, Post};
