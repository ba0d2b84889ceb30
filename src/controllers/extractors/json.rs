//! A JSON body that is well-formed, complete and valid, or an error that says what is not.

use std::error::Error;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, header},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};
use tower_http::timeout::TimeoutError;
use validator::{Validate, ValidationError, ValidationErrors};

use super::faults;
use crate::{
    errors::{AppError, AppResult, Code, Detail},
    middleware::body_limit::BodyLimit,
};

/// The body of a request, read and validated.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> AppResult<Self> {
        let Unchecked(value) = Unchecked::<T>::from_request(request, state).await?;
        check(&value, None)?;
        Ok(Self(value))
    }
}

/// The body of a request, read, for a handler that has more to hold it to than its fields alone: it
/// calls [`check`].
#[derive(Debug, Clone)]
pub struct Unchecked<T>(pub T);

impl<T, S> FromRequest<S> for Unchecked<T>
where
    T: DeserializeOwned + Validate,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> AppResult<Self> {
        if !is_json(request.headers()) {
            return Err(AppError::new(Code::UnsupportedMediaType).saying("Send application/json."));
        }
        let bytes = whole(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// Everything that is wrong with a value at once: what its own rules say, and what else was found.
///
/// # Errors
/// `validation_error`.
pub fn check(value: &impl Validate, others: impl IntoIterator<Item = Detail>) -> AppResult<()> {
    let mut details = value.validate().err().map(|errors| invalid(&errors)).unwrap_or_default();
    details.extend(others);
    details.sort_by(|a, b| (&a.field, &a.code).cmp(&(&b.field, &b.code)));
    if details.is_empty() { Ok(()) } else { Err(AppError::validation(details)) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// A body to its end; of one that is announced too large not a byte is read.
pub(super) async fn whole<S: Send + Sync>(request: Request, state: &S) -> AppResult<Bytes> {
    if BodyLimit::is_exceeded_by(&request) {
        return Err(AppError::new(Code::PayloadTooLarge));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))
}

/// A body that is too large, came too slowly or broke off.
fn unread(rejection: &BytesRejection) -> AppError {
    if stalled(rejection) {
        AppError::new(Code::RequestTimeout)
    } else {
        AppError::new(Code::of_status(rejection.status()))
    }
}

/// Whether a body paused for longer than it may.
pub fn stalled(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutError>() || error.source().is_some_and(stalled)
}

fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> AppResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    // A list would do for the fields of an object, in their order; no description says so.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(misfit_of(text, || AppError::invalid("body", "type", "must be an object")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| unreadable::<T>(text, &error))?;
    deserializer.end().map_err(|_| malformed())?;
    Ok(value)
}

fn unreadable<T>(text: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> AppError
where
    T: DeserializeOwned + Validate,
{
    let first = || faults::misfit(&error.path().to_string(), &error.inner().to_string());
    let misfit = || AppError::validation(faults::all::<T>(text, first()));
    match error.inner().classify() {
        Category::Data => misfit_of(text, misfit),
        // A number in place of an enum's word is called bad syntax, too.
        Category::Syntax | Category::Eof | Category::Io if is_any(text) => misfit(),
        Category::Syntax | Category::Eof | Category::Io => malformed(),
    }
}

/// What does not fit may also be no JSON at all further on; then that is what is wrong with it.
fn misfit_of(text: &str, misfit: impl FnOnce() -> AppError) -> AppError {
    if serde_json::from_str::<IgnoredAny>(text).is_ok() { misfit() } else { malformed() }
}

/// Whether it is JSON to the last escape and number.
fn is_any(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

fn malformed() -> AppError {
    AppError::bad_request("The body is not JSON.")
}

/// Without the values that `validator` keeps beside each error: one may be a password.
pub(super) fn invalid(errors: &ValidationErrors) -> Vec<Detail> {
    errors
        .field_errors()
        .into_iter()
        .flat_map(|(field, errors)| errors.iter().map(move |error| (field.to_string(), error)))
        .map(|(field, error)| Detail {
            field,
            code: error.code.to_string(),
            message: error.message.as_ref().map_or_else(|| "is not accepted".to_owned(), ToString::to_string),
        })
        .collect()
}

/// Holds a field to a rule.
///
/// # Errors
/// The rule's code and its words.
pub fn ensure(holds: bool, code: &'static str, message: &'static str) -> Result<(), ValidationError> {
    if holds { Ok(()) } else { Err(ValidationError::new(code).with_message(message.into())) }
}
