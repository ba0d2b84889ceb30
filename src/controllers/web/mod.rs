//! The web pages, one file per group of pages. The pages work without JavaScript and call the same models as the API.

mod account;
mod csp_reports;
mod documents;
mod editor;
mod email_verifications;
pub mod flash;
mod home;
mod password_resets;
mod registrations;
mod responses;
mod return_to;
mod sessions;
pub mod static_files;
mod typesettings;
mod uploads;
pub mod visitor;

use axum::http::Uri;

use super::routing::web::WebRoutes;

/// Returns the routes of every page.
#[must_use]
pub fn routes() -> WebRoutes {
    [
        home::routes(),
        registrations::routes(),
        sessions::routes(),
        email_verifications::routes(),
        password_resets::routes(),
        documents::routes(),
        editor::routes(),
        typesettings::routes(),
        uploads::routes(),
        account::routes(),
        csp_reports::routes(),
    ]
    .into_iter()
    .fold(WebRoutes::default(), WebRoutes::and)
}

/// Returns a parameter of the query, or an empty text if the parameter is missing.
fn query_param(uri: &Uri, name: &str) -> String {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(field, _)| field == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
