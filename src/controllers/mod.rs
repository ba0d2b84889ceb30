//! What is served: handlers read, ask one model and show; limits are declared here.

pub mod account;
pub mod api_routes;
pub mod auth;
pub mod docs;
pub mod documents;
pub mod extractors;
pub mod health;
pub mod openapi;
pub mod pages;
pub mod recovery;
pub mod sessions;
mod shared;
pub mod static_files;
pub mod typesettings;
pub mod uploads;

pub use shared::Shared;

use api_routes::ApiRoutes;

/// Every controller of the API, for the router and for its description.
#[must_use]
pub fn api() -> Vec<ApiRoutes> {
    vec![
        health::api(),
        auth::api(),
        recovery::api(),
        sessions::api(),
        account::api(),
        uploads::api(),
        documents::api(),
        typesettings::api(),
        // api-inject (do not remove)
    ]
}
