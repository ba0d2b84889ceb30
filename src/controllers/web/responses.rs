//! Responses of web handlers: a page, a form with errors, or a redirect.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Serialize;

use super::visitor::Visitor;
use crate::{
    controllers::extractors::Form,
    errors::{AppError, AppResult, Code, Detail},
    middleware::error_envelope::SkipErrorEnvelope,
    telemetry::request_id,
    views::pages::render,
};

/// Content of a page with a form, and the errors of the form.
#[derive(Serialize)]
struct FormErrors<'a, T> {
    #[serde(flatten)]
    content: &'a T,
    /// The first error of each invalid field.
    errors: BTreeMap<&'a str, &'a Detail>,
    /// Name of the first invalid field of the form, which gets the focus, or empty.
    focus: &'a str,
    /// Code of an error that is not about a field, or empty.
    form_error: &'a str,
}

impl Visitor {
    /// Renders a page.
    ///
    /// # Errors
    /// `internal_error` if the template fails.
    pub fn page(self, template: &str, content: &impl Serialize) -> AppResult<Response> {
        let mut response = render(&self.templates, template, &self.layout, content)?;
        if let Some(cookie) = self.new_csrf_cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Returns the visitor without a new CSRF cookie, for a page without a form.
    #[must_use]
    pub fn without_form(mut self) -> Self {
        self.new_csrf_cookie = None;
        self
    }

    /// Returns whether [`Visitor::render_form_error`] renders a form for this error.
    #[must_use]
    pub const fn shows_form_after(&self, failure: &AppError) -> bool {
        use Code::{Conflict, PayloadTooLarge, StorageFull, Unauthorized, ValidationError};
        self.wants_page
            && matches!(failure.code, ValidationError | Unauthorized | Conflict | PayloadTooLarge | StorageFull)
    }

    /// Renders the form again. The response shows the errors at the fields and has the status of the error.
    ///
    /// # Errors
    /// Returns `failure` if the input did not cause the error, or if the client does not prefer HTML.
    pub fn render_form_error(
        mut self,
        template: &str,
        content: &impl Serialize,
        form: &Form,
        failure: AppError,
    ) -> AppResult<Response> {
        if !self.shows_form_after(&failure) {
            return Err(failure);
        }
        let failure = Arc::new(failure);
        let mut errors = BTreeMap::new();
        for detail in &failure.details {
            errors.entry(detail.field.as_str()).or_insert(detail);
        }
        let focus = form.names().find(|name| errors.contains_key(name)).unwrap_or_default();
        let form_error = if failure.details.is_empty() { failure.code.name() } else { "" };
        self.layout.request_id = request_id::current().map(|id| id.to_string());
        let page = self.page(template, &FormErrors { content, errors, focus, form_error })?;
        let status = failure.code.status();
        let mut response =
            (status, Extension(SkipErrorEnvelope), Extension(Arc::clone(&failure)), page).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Ok(response)
    }
}

/// Redirects to a page with status 303. A reload of that page does not send the form again.
#[must_use]
pub fn redirect_to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Content of a page without data.
#[derive(Serialize)]
pub struct NoData {}

/// Adds a cookie to a response.
pub fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// Allows the browser to cache a file, and requires a revalidation before each use. An unchanged file is not sent
/// again. Shared caches must not store the file, because the file belongs to one user.
pub fn revalidate(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
}

/// Makes the browser save a file that the browser would otherwise display.
pub fn download(headers: &mut HeaderMap) {
    let disposition = headers.get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let attachment = disposition.and_then(|value| value.strip_prefix("inline")).map(|rest| format!("attachment{rest}"));
    if let Some(attachment) = attachment.and_then(|value| HeaderValue::from_str(&value).ok()) {
        headers.insert(header::CONTENT_DISPOSITION, attachment);
    }
}
