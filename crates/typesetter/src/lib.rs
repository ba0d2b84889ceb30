//! Converts Markdown and images to a PDF. Equal inputs give equal bytes.
//!
//! [`render`] is synchronous and accesses no file, network or clock. It rejects documents that exceed the [`limits`].
//!
//! Run [`render`] in a child process, because a running layout cannot be interrupted, but a process can be
//! killed. [`ipc`] contains the child process and the protocol.

mod error;
mod fonts;
mod images;
pub mod ipc;
pub mod limits;
mod mapper;
pub mod markdown;
mod pdf;
mod render;
mod sanitize;
mod types;
mod world;

#[cfg(test)]
mod tests;

pub use error::{ErrorCode, TypesetError};
pub use fonts::Fonts;
pub use markdown::image_references;
pub use render::render;
pub use types::{Conformance, Rendered, Request};
