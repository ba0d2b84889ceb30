//! Extracts JSON bodies that are well-formed, complete and valid. Rejects any other body with a description of its
//! errors.

use std::borrow::Cow;

use axum::extract::{FromRequest, Request};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Track;
use validator::{Validate, ValidationError, ValidationErrors};

use super::{body, headers::media_type_is, missing_fields};
use crate::errors::{AppError, AppResult, Code, Detail};

/// Maximum length of a field name that is copied from the request into an error response, in characters.
const MAX_FIELD_CHARACTERS: usize = 100;

/// A parsed and validated body.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate + Send + 'static,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> AppResult<Self> {
        let UnvalidatedJson(value) = UnvalidatedJson::<T>::from_request(request, state).await?;
        check(&value, None)?;
        Ok(Self(value))
    }
}

/// A parsed body that is not validated. The handler must call [`check`], and can pass additional errors to [`check`].
#[derive(Debug, Clone)]
pub struct UnvalidatedJson<T>(pub T);

impl<T, S> FromRequest<S> for UnvalidatedJson<T>
where
    T: DeserializeOwned + Validate + Send + 'static,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        if !media_type_is(request.headers(), "application/json") {
            return Err(
                AppError::new(Code::UnsupportedMediaType).with_message("The Content-Type must be application/json.")
            );
        }
        let bytes = body::read(request).await?;
        body::parse(bytes, parse).await.map(Self)
    }
}

/// Validates a value. The returned error contains the validation errors of the value, followed by the errors in
/// `others`.
///
/// # Errors
/// `validation_error` if the value is invalid or `others` is not empty.
pub fn check(value: &impl Validate, others: impl IntoIterator<Item = Detail>) -> AppResult<()> {
    let mut details = value.validate().err().map(|errors| invalid(&errors)).unwrap_or_default();
    details.extend(others);
    if details.is_empty() { Ok(()) } else { Err(AppError::validation(details)) }
}

fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> AppResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    // Ignores a byte order mark, as RFC 8259 (section 8.1) permits.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // Accepts objects only, as the OpenAPI description documents. serde would also accept an array of the field values.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(error_if_json(text, || AppError::invalid("body", "type", "must be a JSON object")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = Track::new();
    match T::deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track)) {
        Ok(value) => deserializer.end().map(|()| value).map_err(|_| malformed()),
        Err(error) => {
            let (path, message) = (track.path().to_string(), error.to_string());
            let lacks_field = path == "." && missing_fields::name(&message).is_some();
            Err(if lacks_field {
                incomplete::<T>(text)
            } else {
                error_if_json(text, || AppError::validation(vec![type_error(&path, &message)]))
            })
        }
    }
}

/// Returns a validation error with all missing fields and all invalid fields.
fn incomplete<T: DeserializeOwned + Validate>(text: &str) -> AppError {
    let Ok((value, missing)) = missing_fields::fill::<T>(text) else { return malformed() };
    let broken = value.and_then(|value| value.validate().err()).map(|errors| invalid(&errors)).unwrap_or_default();
    let broken = broken.into_iter().filter(|detail| !missing.contains(&detail.field));
    AppError::validation(missing.iter().map(|field| required(field)).chain(broken).collect())
}

fn required(field: &str) -> Detail {
    Detail { field: field.into(), code: "required".into(), message: "must be present".into() }
}

/// Describes the first field that is unknown, repeated or of the wrong type. Copies only the field name from serde's
/// message, because the message may also contain the value of the field.
fn type_error(path: &str, message: &str) -> Detail {
    let named = message.split('`').nth(1).unwrap_or_default();
    let (field, code, message) = if message.starts_with("unknown field") {
        (named, "unknown_field", "must not be present, because the field is unknown")
    } else if message.starts_with("duplicate field") {
        (named, "duplicate", "must appear only once")
    } else {
        (if path == "." { "body" } else { path }, "type", "must have the documented type")
    };
    let field = field.chars().take(MAX_FIELD_CHARACTERS).collect();
    Detail { field, code: code.into(), message: message.into() }
}

/// Returns `error` if the whole text is valid JSON. Otherwise returns the error for malformed JSON.
fn error_if_json(text: &str, error: impl FnOnce() -> AppError) -> AppError {
    if serde_json::from_str::<IgnoredAny>(text).is_ok() { error() } else { malformed() }
}

fn malformed() -> AppError {
    AppError::bad_request("The request body is not valid JSON.")
}

/// Converts validation errors to error details. Drops the values that `validator` stores, because a value may be a
/// password.
pub(super) fn invalid(errors: &ValidationErrors) -> Vec<Detail> {
    errors
        .field_errors()
        .into_iter()
        .flat_map(|(field, errors)| errors.iter().map(move |error| (field.to_string(), error)))
        .map(|(field, error)| Detail {
            field,
            code: error.code.to_string(),
            message: error.message.as_ref().map_or_else(|| "must be valid".to_owned(), ToString::to_string),
        })
        .collect()
}

/// Checks a rule.
///
/// # Errors
/// Returns an error with `code` and `message` if `holds` is `false`.
pub fn ensure(holds: bool, code: &'static str, message: impl Into<Cow<'static, str>>) -> Result<(), ValidationError> {
    if holds { Ok(()) } else { Err(ValidationError::new(code).with_message(message.into())) }
}
