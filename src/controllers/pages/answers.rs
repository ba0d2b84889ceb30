//! What a page's handler answers with: a page, the form again, or the way to another page.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Serialize;

use super::visitor::Visitor;
use crate::{
    controllers::extractors::Form,
    errors::{AppError, AppResult, Code, Detail},
    middleware::error_envelope::AsIs,
    telemetry::request_id,
    views::pages::answer,
};

/// A form that is shown again, and why.
#[derive(Serialize)]
struct Refused<'a, T> {
    #[serde(flatten)]
    content: &'a T,
    /// What is wrong with which field; the first rule that it breaks.
    errors: BTreeMap<&'a str, &'a Detail>,
    /// The first of them as the form has them; empty where it has none.
    focus: &'a str,
    /// What is wrong with the whole, as a code; empty where it is its fields.
    refusal: &'a str,
}

impl Visitor {
    /// A page.
    ///
    /// # Errors
    /// `internal_error` where it cannot be drawn.
    pub fn page(self, template: &str, content: &impl Serialize) -> AppResult<Response> {
        let mut response = answer(&self.engine, template, &self.frame, content)?;
        if let Some(cookie) = self.fresh {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// The same visitor on a page without a form: nothing needs to be bound to the browser.
    #[must_use]
    pub fn without_form(mut self) -> Self {
        self.fresh = None;
        self
    }

    /// Returns whether [`Visitor::form_again`] shows a form after this failure.
    #[must_use]
    pub const fn shows_form_after(&self, failure: &AppError) -> bool {
        use Code::{Conflict, PayloadTooLarge, StorageFull, Unauthorized, ValidationError};
        self.wants_page
            && matches!(failure.code, ValidationError | Unauthorized | Conflict | PayloadTooLarge | StorageFull)
    }

    /// The form again with what is wrong at its fields, under the status of the failure.
    ///
    /// # Errors
    /// The failure itself, where its cause is not what was entered, or where no page is wanted.
    pub fn form_again(
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
        let refusal = if failure.details.is_empty() { failure.code.name() } else { "" };
        self.frame.request_id = request_id::current().map(|id| id.to_string());
        let page = self.page(template, &Refused { content, errors, focus, refusal })?;
        let status = failure.code.status();
        let mut response = (status, Extension(AsIs), Extension(Arc::clone(&failure)), page).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Ok(response)
    }
}

/// To another page, which is then fetched: reloading it repeats nothing.
#[must_use]
pub fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// A page that shows nothing but what stands in its template.
#[derive(Serialize)]
pub struct Plain {}
