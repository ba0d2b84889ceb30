//! Converts Markdown and images to a PDF; the same input gives the same bytes.
//!
//! [`render`] is synchronous, accesses no file, network or clock, and rejects documents that exceed
//! [`limits`]. A caller runs it in a child process, because a layout cannot be interrupted and a process
//! can be killed. [`ipc`] contains the child process and its protocol.

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
