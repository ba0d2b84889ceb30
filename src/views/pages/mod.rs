//! Pages for people: what stands around every page's content.

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

/// What the layout needs to know.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The page's language, as HTML names it.
    pub lang: &'static str,
    /// Where the reader is, for the navigation.
    pub path: String,
    /// Who is signed in, by name.
    pub user: Option<String>,
    /// What a form sends back to show that it is ours.
    pub csrf_token: Option<String>,
    /// What has just been done: the name of a text.
    pub notice: Option<String>,
    /// Characters of a new password that are always enough.
    pub password_least: usize,
    /// The id to quote when asking for help; only where something went wrong.
    pub request_id: Option<String>,
}

impl Frame {
    /// Around a page for somebody of whom nothing is known but the language.
    #[must_use]
    pub fn bare(language: Language) -> Self {
        let lang = language.tag();
        let (path, password_least) = (String::new(), 0);
        Self { lang, path, user: None, csrf_token: None, notice: None, password_least, request_id: None }
    }
}

/// A frame and what stands in it, as one context for the template.
#[derive(Serialize)]
struct Context<'a, T> {
    #[serde(flatten)]
    frame: &'a Frame,
    #[serde(flatten)]
    content: &'a T,
}

/// Draws a page as text.
///
/// # Errors
/// When the template names what is not there: a fault of ours.
pub fn draw(pages: &TeraView, template: &str, frame: &Frame, content: &impl Serialize) -> AppResult<String> {
    pages.render(template, Context { frame, content }).map_err(|error| AppError::internal(describe(&error)))
}

/// A page as an answer that nobody may keep: it shows who is signed in.
///
/// # Errors
/// As [`draw`].
pub fn answer(pages: &TeraView, template: &str, frame: &Frame, content: &impl Serialize) -> AppResult<Response> {
    let mut response = Html(draw(pages, template, frame, content)?).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(frame.lang));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language, cookie"));
    Ok(response)
}

/// The engine's own words with all that led to them: it names the template and the line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
