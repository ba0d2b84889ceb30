//! Route builders: a route, its rate limit, and its description or its CSRF protection.

pub mod api;
pub mod web;
