//! Handlers of the JSON API and of the web pages. A handler parses the request, calls one model function and renders
//! the response.

pub mod api;
pub mod extractors;
pub mod params;
pub mod routing;
pub mod state;
pub mod web;

pub use state::AppState;
