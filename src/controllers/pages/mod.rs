//! The web interface: every page works without a script, and the same models answer as for the API.

mod account;
mod answers;
mod documents;
mod editor;
mod home;
mod login;
mod next;
pub mod notices;
pub mod page_routes;
mod recovery;
mod register;
mod reports;
mod typesettings;
mod uploads;
pub mod visitor;

use axum::http::Uri;

use page_routes::PageRoutes;

/// Every page, for the router.
#[must_use]
pub fn routes() -> PageRoutes {
    [
        home::routes(),
        register::routes(),
        login::routes(),
        recovery::routes(),
        documents::routes(),
        editor::routes(),
        typesettings::routes(),
        uploads::routes(),
        account::routes(),
        reports::routes(),
    ]
    .into_iter()
    .fold(PageRoutes::default(), PageRoutes::and)
}

/// A value of the query; nothing where it is not there.
fn queried(uri: &Uri, name: &str) -> String {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(field, _)| field == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
