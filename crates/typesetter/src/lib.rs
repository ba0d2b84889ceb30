//! Turns Markdown and images into a PDF: the same input gives the same bytes.
//!
//! [`render`] is synchronous, touches no file, no network and no clock, and refuses what
//! exceeds [`limits`]. It must still run in a process that can be killed, since a layout
//! cannot be interrupted: [`worker`] is that process' side, [`wire`] what the two say.

mod document;
mod failure;
mod fonts;
mod frame;
pub mod limits;
mod mapper;
pub mod markdown;
mod pdf;
mod picture;
mod render;
mod text;
pub mod wire;
pub mod worker;
mod world;

#[cfg(test)]
mod tests;

pub use document::{Conformance, Rendered, Request};
pub use failure::{Code, Failure};
pub use fonts::Fonts;
pub use markdown::image_references;
pub use render::render;
