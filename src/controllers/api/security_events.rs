//! Security log of the current user.

use axum::{extract::State, response::Response};

use crate::{
    controllers::{
        extractors::{CurrentUser, Pages},
        state::AppState,
    },
    errors::AppResult,
    models::{pagination::Page, security_events::Model},
    views::{self, security_events::SecurityEventView},
};

/// Lists the security events of the account, newest first.
///
/// Examples are logins, rejected logins, password changes and ended sessions. Each event contains the request ID, the
/// IP address and the user agent.
#[utoipa::path(
    get, path = "/api/v1/auth/events", operation_id = "list_security_events", tag = "auth",
    security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<SecurityEventView>)),
)]
pub async fn events(current: CurrentUser, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&state.db, &current.user, pages.request()).await?;
    views::json(&page.map(SecurityEventView::from))
}
