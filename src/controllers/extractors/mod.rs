//! What handlers take out of a request; each refusal is in our shape.

mod current;
mod faults;
mod form;
mod json;
mod locations;
pub mod rules;

pub use current::{Client, Current, Hashing, USER_POLICY, hasher, part};
pub use form::Form;
pub use json::{Json, Unchecked, check, ensure, stalled};
pub use locations::{Pages, Path};
