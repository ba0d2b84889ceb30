//! The one file of a multipart body, as a stream.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::super::extractors::stalled;
use crate::errors::{AppError, AppResult, Code};

/// Bytes around the file: boundaries and part headers.
const ENVELOPE_BYTES: u64 = 64 * 1024;
/// The field that carries the file.
const FIELD: &str = "file";

/// What an upload's body holds.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form; its bytes are never a value here")]
pub struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A request whose body is a multipart form, not yet read.
pub struct Upload {
    request: Request,
    boundary: String,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(content_type);
        let boundary = boundary.map_err(|_| {
            AppError::new(Code::UnsupportedMediaType).saying("Send multipart/form-data with a field `file`.")
        })?;
        Ok(Self { request, boundary })
    }
}

impl Upload {
    /// The file, whose bytes are read as they are asked for.
    ///
    /// # Errors
    /// `payload_too_large` before anything is read where the request already says so;
    /// `validation_error` without a field `file`; `bad_request` for a body that is no form.
    pub async fn file(self, limit: u64) -> AppResult<Field<'static>> {
        if declared_size(&self.request) > limit.saturating_add(ENVELOPE_BYTES) {
            return Err(AppError::new(Code::PayloadTooLarge).saying(format!("A file may have at most {limit} bytes.")));
        }
        let sizes = SizeLimit::new().whole_stream(limit.saturating_add(ENVELOPE_BYTES));
        let constraints = Constraints::new().allowed_fields(vec![FIELD]).size_limit(sizes);
        let mut form =
            Multipart::with_constraints(self.request.into_body().into_data_stream(), self.boundary, constraints);
        let field = form.next_field().await.map_err(unreadable)?;
        field.ok_or_else(|| AppError::invalid(FIELD, "required", "is missing"))
    }
}

fn declared_size(request: &Request) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn unreadable(error: multer::Error) -> AppError {
    match error {
        multer::Error::UnknownField { .. } => {
            AppError::invalid(FIELD, "required", "must be the only field, and the file")
        }
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            AppError::new(Code::PayloadTooLarge)
        }
        error if stalled(&error) => AppError::new(Code::RequestTimeout),
        _ => AppError::bad_request("The body is no multipart form."),
    }
}
