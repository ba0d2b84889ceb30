//! The JSON API, one file per resource.

pub mod account;
pub mod auth;
pub mod docs;
pub mod documents;
pub mod email_verifications;
pub mod health;
pub mod openapi;
pub mod password_resets;
pub mod security_events;
pub mod sessions;
pub mod typesettings;
pub mod uploads;

use super::routing::api::ApiRoutes;

/// Returns the routes of every controller, for the router and for the OpenAPI description.
#[must_use]
pub fn routes() -> Vec<ApiRoutes> {
    vec![
        health::routes(),
        auth::routes(),
        email_verifications::routes(),
        password_resets::routes(),
        sessions::routes(),
        account::routes(),
        uploads::routes(),
        documents::routes(),
        typesettings::routes(),
        // api-inject (do not remove)
    ]
}
