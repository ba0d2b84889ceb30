//! A JSON body that is well-formed, complete and valid, or an error that says what is not.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::Track;
use validator::{Validate, ValidationError, ValidationErrors};

use super::{body, json_syntax::is_json as is_json_text, missing_fields::Fields};
use crate::errors::{AppError, AppResult, Code, Detail};

/// Characters of an unknown field's name that a response repeats at most.
const MAX_FIELD_CHARACTERS: usize = 100;

/// The body of a request, read and validated.
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

/// The body of a request, read, for a handler that has more to hold it to than its fields alone: it
/// calls [`check`].
#[derive(Debug, Clone)]
pub struct UnvalidatedJson<T>(pub T);

impl<T, S> FromRequest<S> for UnvalidatedJson<T>
where
    T: DeserializeOwned + Validate + Send + 'static,
    S: Send + Sync,
{
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        if !is_json(request.headers()) {
            return Err(
                AppError::new(Code::UnsupportedMediaType).with_message("The Content-Type must be application/json.")
            );
        }
        let bytes = body::read(request).await?;
        body::parse(bytes, parse).await.map(Self)
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

fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> AppResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    // A list would do for the fields of an object, in their order; no description says so.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(misfit_of(text, || AppError::invalid("body", "type", "must be a JSON object")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let fields = Fields::default();
    let mut track = Track::new();
    let read = fields.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    match read {
        Ok(value) => {
            deserializer.end().map_err(|_| malformed())?;
            if fields.lacks_any() { Err(incomplete(&value, fields)) } else { Ok(value) }
        }
        Err(_) if fields.lacks_any() => {
            let missing = || AppError::validation(fields.into_missing::<T>().into_iter().map(required).collect());
            Err(misfit_of(text, missing))
        }
        Err(error) => Err(unreadable(text, &track.path().to_string(), &error)),
    }
}

/// Names every missing field and, of the others, the rules that they break.
fn incomplete<T: DeserializeOwned + Validate>(value: &T, fields: Fields) -> AppError {
    let missing = fields.into_missing::<T>();
    let broken = value.validate().err().map(|errors| invalid(&errors)).unwrap_or_default();
    let broken = broken.into_iter().filter(|detail| !missing.contains(&detail.field.as_str()));
    let mut details: Vec<_> = missing.iter().copied().map(required).chain(broken).collect();
    details.sort_by(|a, b| (&a.field, &a.code).cmp(&(&b.field, &b.code)));
    AppError::validation(details)
}

fn required(field: &str) -> Detail {
    Detail { field: field.into(), code: "required".into(), message: "must be present".into() }
}

fn unreadable(text: &str, path: &str, error: &serde_json::Error) -> AppError {
    let mistyped = || AppError::validation(vec![type_error(path, &error.to_string())]);
    match error.classify() {
        Category::Data => misfit_of(text, mistyped),
        // A number in place of an enum's word is called bad syntax, too.
        Category::Syntax | Category::Eof | Category::Io if is_json_text(text) => mistyped(),
        Category::Syntax | Category::Eof | Category::Io => malformed(),
    }
}

/// Describes the first field that is unknown, repeated or of the wrong type. serde's message names the field,
/// but may also repeat the value: only the name is taken, and only so much of it.
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

/// What does not fit may also be no JSON at all further on; then that is what is wrong with it.
fn misfit_of(text: &str, misfit: impl FnOnce() -> AppError) -> AppError {
    if serde_json::from_str::<IgnoredAny>(text).is_ok() { misfit() } else { malformed() }
}

fn malformed() -> AppError {
    AppError::bad_request("The request body is not valid JSON.")
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
            message: error.message.as_ref().map_or_else(|| "must be valid".to_owned(), ToString::to_string),
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
