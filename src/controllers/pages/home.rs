//! What this is, for whoever comes by.

use axum::{response::Response, routing::get};

use super::{answers::Plain, page_routes::PageRoutes, visitor::Visitor};
use crate::errors::AppResult;

/// The routes.
pub fn routes() -> PageRoutes {
    PageRoutes::default().with("/", get(show))
}

async fn show(visitor: Visitor) -> AppResult<Response> {
    // A form is on it only for who is signed in: the one that signs out.
    visitor.without_form().page("home/index.html", &Plain {})
}
