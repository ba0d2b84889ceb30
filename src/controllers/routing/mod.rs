//! Route builders. A builder adds rate limits, the OpenAPI description or CSRF protection to routes.

pub mod api;
pub mod web;
