//! What handlers take out of a request; each refusal is in our shape.

mod current;
mod json;
mod locations;

pub use current::{Client, Current, part};
pub use json::{Json, ensure, stalled};
pub use locations::{Pages, Path};
