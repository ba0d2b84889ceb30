//! Extracts and parses the fields of a form.

use axum::extract::{FromRequest, Request};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use super::{body, headers::media_type_is, json::check};
use crate::errors::{AppError, AppResult, Code};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Maximum number of fields of a form. The size limit of the body is not sufficient, because each field occupies memory
/// in addition to its text.
const MAX_FIELDS: usize = 64;

/// Fields of a form, in the order in which the client sent the fields.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        if !media_type_is(request.headers(), MEDIA_TYPE) {
            return Err(AppError::new(Code::UnsupportedMediaType)
                .with_message("The Content-Type must be application/x-www-form-urlencoded."));
        }
        let bytes = body::read(request).await?;
        body::parse(bytes, Self::parse).await
    }
}

impl Form {
    fn parse(bytes: &[u8]) -> AppResult<Self> {
        let fields: Vec<_> = form_urlencoded::parse(bytes).take(MAX_FIELDS + 1).collect();
        if fields.len() > MAX_FIELDS {
            return Err(AppError::bad_request("The form must have at most 64 fields."));
        }
        Ok(Self(fields.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// Returns the text of a field, or an empty text if the field is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Returns the version in a field, or `None` if the field is missing or empty.
    ///
    /// # Errors
    /// `bad_request` if the field is not an RFC 3339 timestamp.
    pub fn version(&self, name: &str) -> AppResult<Option<DateTime<Utc>>> {
        match self.text(name) {
            "" => Ok(None),
            text => match DateTime::parse_from_rfc3339(text) {
                Ok(version) => Ok(Some(version.to_utc())),
                Err(_) => Err(AppError::bad_request(format!("`{name}` must be an RFC 3339 timestamp."))),
            },
        }
    }

    /// Returns the names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Returns whether the form contains a field with this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// Parses the form fields with the names `fields` as a request type of the API, and validates the result.
    ///
    /// # Errors
    /// `validation_error` with every invalid field. `internal_error` if `fields` does not match the fields of the type.
    pub fn read<T: DeserializeOwned + Validate>(&self, fields: &[&str]) -> AppResult<T> {
        let value = self.parse_unvalidated(fields)?;
        check(&value, None)?;
        Ok(value)
    }

    /// Parses the form fields with the names `fields` as a request type of the API. The caller must validate the
    /// result.
    ///
    /// # Errors
    /// `internal_error` if the names do not match the fields of the type.
    pub fn parse_unvalidated<T: DeserializeOwned>(&self, fields: &[&str]) -> AppResult<T> {
        let named = fields.iter().map(|name| ((*name).to_owned(), Value::from(plain(self.text(name)))));
        // An error means that a name in `fields` is wrong, because all fields of the request types are strings.
        serde_json::from_value(named.collect()).map_err(AppError::internal)
    }
}

/// Normalizes CRLF line endings to LF (HTML section 4.10.21.7).
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::header};

    use super::*;

    async fn read(media_type: &str, body: &'static str) -> AppResult<Form> {
        let request = Request::builder().header(header::CONTENT_TYPE, media_type).body(Body::from(body)).unwrap();
        Form::from_request(request, &()).await
    }

    #[tokio::test]
    async fn form_uses_the_first_of_two_fields_with_the_same_name() {
        let form = read(MEDIA_TYPE, "a=1+2%26&b=%C3%A9&a=3").await.unwrap();
        assert_eq!((form.text("a"), form.text("b"), form.text("c")), ("1 2&", "\u{e9}", ""));
    }

    #[tokio::test]
    async fn form_is_rejected_if_it_has_more_than_64_fields() {
        let (most, more): (String, String) = ("a&".repeat(64), "a&".repeat(65));
        assert!(read(MEDIA_TYPE, most.leak()).await.is_ok());
        assert_eq!(read(MEDIA_TYPE, more.leak()).await.unwrap_err().code, Code::BadRequest);
    }

    #[tokio::test]
    async fn form_is_rejected_if_its_media_type_is_wrong() {
        for media_type in ["application/json", "text/plain", "multipart/form-data; boundary=a"] {
            assert_eq!(read(media_type, "a=1").await.unwrap_err().code, Code::UnsupportedMediaType, "{media_type}");
        }
    }
}
