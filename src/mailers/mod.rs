//! Mail: how it is written, and how it leaves.

mod letters;
mod post;
mod smtp;

pub use letters::Writer;
pub use post::{Failure, Post};
