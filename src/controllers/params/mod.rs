//! Bodies of requests and their field rules, used by the API and by the web pages.

pub mod accounts;
pub mod documents;
