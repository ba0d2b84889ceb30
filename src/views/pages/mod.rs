//! Web pages: the layout around the content of each page.

pub mod editor;
mod pagination;
pub mod upload_card;
pub mod user_agent;

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use loco_rs::controller::views::{ViewRenderer, engines::TeraView};
use serde::Serialize;

pub use pagination::Pager;

use super::locale::Language;
use crate::errors::{AppError, AppResult};

/// Data of the layout.
#[derive(Debug, Clone, Serialize)]
pub struct PageLayout {
    /// Language tag of the page, for the HTML attribute `lang`.
    pub lang: &'static str,
    /// Path of the page, for the navigation.
    pub path: String,
    /// Name of the user, if there is a session.
    pub user: Option<String>,
    /// CSRF token for the forms of the page.
    pub csrf_token: Option<String>,
    /// Name of the flash message.
    pub notice: Option<String>,
    /// Minimum length of a new password, in bytes.
    pub password_least: usize,
    /// Request ID for support requests, on error pages only.
    pub request_id: Option<String>,
}

impl PageLayout {
    /// Creates a layout without a user.
    #[must_use]
    pub fn bare(language: Language) -> Self {
        let lang = language.tag();
        let (path, password_least) = (String::new(), 0);
        Self { lang, path, user: None, csrf_token: None, notice: None, password_least, request_id: None }
    }
}

/// Layout and content as one context for the template.
#[derive(Serialize)]
struct Context<'a, T> {
    #[serde(flatten)]
    layout: &'a PageLayout,
    #[serde(flatten)]
    content: &'a T,
}

/// Renders a page as text.
///
/// # Errors
/// `internal_error` if the template fails.
pub fn render_text(
    templates: &TeraView,
    template: &str,
    layout: &PageLayout,
    content: &impl Serialize,
) -> AppResult<String> {
    templates.render(template, Context { layout, content }).map_err(|error| AppError::internal(describe(&error)))
}

/// Renders a page as a response that must not be cached, because the page contains data of the user.
///
/// # Errors
/// Returns the errors of [`render_text`].
pub fn render(
    templates: &TeraView,
    template: &str,
    layout: &PageLayout,
    content: &impl Serialize,
) -> AppResult<Response> {
    let mut response = Html(render_text(templates, template, layout, content)?).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(layout.lang));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language, cookie"));
    Ok(response)
}

/// Returns the error message of the template engine with all its causes. The causes contain the template name and the
/// line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
