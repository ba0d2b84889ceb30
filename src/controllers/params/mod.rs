//! Bodies of requests and their field rules, used by the API and by the pages.

pub mod accounts;
pub mod documents;
