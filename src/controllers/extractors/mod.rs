//! What handlers take out of a request; each refusal is in our shape.

mod body;
mod current;
mod form;
mod json;
mod json_syntax;
mod locations;
mod missing_fields;
pub mod rules;

pub use body::stalled;
pub use current::{Client, Current, Hashing, USER_POLICY, hasher, part};
pub use form::Form;
pub use json::{Json, Unchecked, check, ensure};
pub use locations::{Pages, Path};
