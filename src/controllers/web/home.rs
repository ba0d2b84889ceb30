//! Landing page.

use axum::{response::Response, routing::get};

use super::{responses::NoData, visitor::Visitor};
use crate::{controllers::routing::web::WebRoutes, errors::AppResult};

/// Returns the routes.
pub fn routes() -> WebRoutes {
    WebRoutes::default().with("/", get(show))
}

async fn show(visitor: Visitor) -> AppResult<Response> {
    // Sets no CSRF cookie, because the only form of the page is the logout form, which needs a session.
    visitor.without_form().page("home/index.html", &NoData {})
}
