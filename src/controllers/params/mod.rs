//! Request bodies and the validation rules of their fields, for the API and for the web pages.

pub mod accounts;
pub mod documents;
