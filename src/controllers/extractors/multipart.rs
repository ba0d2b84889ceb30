//! Extracts the file of a multipart form as a stream.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{BodyDataStream, Bytes},
    extract::{FromRequest, Request},
    http::header,
};
use bytes::BytesMut;
use futures_util::{Stream, StreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde::Deserialize;
use tokio::task::yield_now;

use super::{is_body_timeout, sent_name};
use crate::{
    errors::{AppError, AppResult, Code},
    middleware::{body_limit::declared_size, body_memory::Reservation},
    models::uploads::NewUpload,
    settings::Storage,
};

/// Maximum number of bytes in a form in addition to the content of the file: boundaries, part headers and the leading
/// field.
const ENVELOPE_BYTES: u64 = 64 * 1024;
/// Limit for the bytes before the file and, separately, for the bytes after the file. The request is rejected if the
/// parser has received more bytes and requests another chunk.
const PREAMBLE_BYTES: usize = 16 * 1024;
/// Minimum size of a chunk that the parser receives, in bytes. Only the last chunk may be smaller.
const CHUNK_BYTES: usize = 64 * 1024;
/// Name of the form field that contains the file.
const FIELD: &str = "file";

/// Form with the file to upload.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the OpenAPI schema uses the field")]
pub struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Request with a multipart form that has not been read yet.
pub struct Upload {
    request: Request,
    boundary: String,
    /// Name of a field that may precede the file. The value of this field is ignored.
    leading_field: Option<&'static str>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        let boundary = multer::parse_boundary(super::headers::text(request.headers(), header::CONTENT_TYPE));
        let boundary = boundary.map_err(|_| {
            AppError::new(Code::UnsupportedMediaType)
                .with_message("The Content-Type must be multipart/form-data, with a field `file`.")
        })?;
        Ok(Self { request, boundary, leading_field: None })
    }
}

impl Upload {
    /// Allows a field before the file. The value of this field is ignored.
    #[must_use]
    pub fn allow_field_before(mut self, field: &'static str) -> Self {
        self.leading_field = Some(field);
        self
    }

    /// Returns the file as a new upload with the size limit and the quota of the settings. `time_limit` is the maximum
    /// duration of the request.
    ///
    /// # Errors
    /// Returns the errors of [`Upload::file`].
    pub async fn into_new_upload(
        self,
        settings: &Storage,
        time_limit: Duration,
    ) -> AppResult<NewUpload<impl Stream<Item = AppResult<Bytes>> + use<>>> {
        let (limit, quota) = (settings.upload_max_bytes, settings.upload_quota_bytes);
        let (file_name, bytes) = self.file(limit, settings.upload_buffer_bytes()).await?;
        Ok(NewUpload { file_name, bytes, limit, quota, time_limit })
    }

    /// Returns the name and the byte stream of the file. The file may have up to `limit` bytes. Reserves up to
    /// `buffers` bytes of memory for the stream.
    ///
    /// # Errors
    /// - `payload_too_large` if the body exceeds the size limit. If `Content-Length` exceeds the limit, the body is not
    ///   read.
    /// - `validation_error` if the field `file` is missing.
    /// - `bad_request` if the body is not a multipart form.
    /// - `service_unavailable` if the bodies of other requests use up the memory budget.
    ///
    /// The stream can fail with all of these errors, and with `validation_error` if the form continues after the file.
    pub async fn file(
        self,
        limit: u64,
        buffers: usize,
    ) -> AppResult<(Option<String>, impl Stream<Item = AppResult<Bytes>> + use<>)> {
        if declared_size(&self.request) > limit.saturating_add(ENVELOPE_BYTES) {
            return Err(too_large(limit));
        }
        let sizes = SizeLimit::new().whole_stream(limit.saturating_add(ENVELOPE_BYTES));
        let allowed = self.leading_field.into_iter().chain([FIELD]).collect();
        let constraints = Constraints::new().allowed_fields(allowed).size_limit(sizes);
        let guard = Arc::new(PreambleGuard::default());
        let memory = self.request.extensions().get::<Arc<Reservation>>().cloned();
        let body = self.request.into_body().into_data_stream();
        let paced = PacedBody { body, given: 0, memory, buffers, guard: Arc::clone(&guard) };
        let body = stream::unfold(paced, next_paced);
        let mut form = Multipart::with_constraints(body, self.boundary, constraints);
        let mut field = form.next_field().await.map_err(form_error)?;
        if field.as_ref().is_some_and(|field| field.name() != Some(FIELD)) {
            drop(field);
            field = form.next_field().await.map_err(form_error)?;
        }
        let field = field.filter(|field| field.name() == Some(FIELD));
        let field = field.ok_or_else(|| AppError::invalid(FIELD, "required", "must be present"))?;
        guard.enter_file();
        let name = sent_name::file_name(field.headers());
        Ok((name, stream::try_unfold((form, Some(field), guard), next_chunk)))
    }
}

/// Body that pauses after each chunk. The parser reads all available chunks before the parser returns any bytes.
/// Without the pauses, the whole file of a fast client would be in memory.
///
/// Before the file begins, the parser searches all received bytes again for each new chunk. The number of bytes before
/// the file is therefore limited.
struct PacedBody {
    body: BodyDataStream,
    /// Number of bytes that the parser has received.
    given: usize,
    /// Memory reservation of the request.
    memory: Option<Arc<Reservation>>,
    /// Maximum size of the memory reservation, in bytes.
    buffers: usize,
    guard: Arc<PreambleGuard>,
}

impl PacedBody {
    /// Returns the next chunk: at least 64 KiB, or the remaining bytes at the end of the body. Returns `None` after the
    /// end. Combines small chunks, because the parser and the storage need about the same time for a small chunk and
    /// for a large chunk.
    async fn gather(&mut self) -> Result<Option<Bytes>, axum::Error> {
        let mut gathered = BytesMut::new();
        while gathered.len() < CHUNK_BYTES {
            let Some(chunk) = self.body.next().await.transpose()? else { break };
            if gathered.is_empty() && chunk.len() >= CHUNK_BYTES {
                return Ok(Some(chunk));
            }
            gathered.extend_from_slice(&chunk);
        }
        Ok((!gathered.is_empty()).then(|| gathered.freeze()))
    }
}

/// Counts the bytes outside the file, so that [`PREAMBLE_BYTES`] limits these bytes.
#[derive(Default)]
struct PreambleGuard {
    bytes: AtomicUsize,
    in_file: AtomicBool,
}

impl PreambleGuard {
    fn enter_file(&self) {
        self.in_file.store(true, Ordering::Relaxed);
    }

    fn leave_file(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.in_file.store(false, Ordering::Relaxed);
    }

    fn is_too_much(&self) -> bool {
        !self.in_file.load(Ordering::Relaxed) && self.bytes.load(Ordering::Relaxed) > PREAMBLE_BYTES
    }
}

type BodyChunk = Result<Bytes, Box<dyn Error + Send + Sync>>;

async fn next_paced(mut paced: PacedBody) -> Option<(BodyChunk, PacedBody)> {
    if paced.given > 0 {
        yield_now().await;
    }
    let chunk = match paced.gather().await {
        Ok(chunk) => chunk?,
        Err(error) => return Some((Err(error.into()), paced)),
    };
    if paced.guard.is_too_much() {
        return Some((Err("the form has too many bytes outside the file".into()), paced));
    }
    paced.guard.bytes.fetch_add(chunk.len(), Ordering::Relaxed);
    paced.given += chunk.len();
    let reserved = paced.memory.as_ref().map_or(Ok(()), |memory| memory.grow_to(paced.given.min(paced.buffers)));
    Some((reserved.map(|()| chunk).map_err(Into::into), paced))
}

type Reading = (Multipart<'static>, Option<Field<'static>>, Arc<PreambleGuard>);

/// Returns the next bytes of the file, or `None` at the end of the file. Returns an error if the form continues after
/// the file.
async fn next_chunk((mut form, field, guard): Reading) -> AppResult<Option<(Bytes, Reading)>> {
    let Some(mut field) = field else { return Ok(None) };
    if let Some(chunk) = field.chunk().await.map_err(form_error)? {
        return Ok(Some((chunk, (form, Some(field), guard))));
    }
    drop(field);
    guard.leave_file();
    match form.next_field().await.map_err(form_error)? {
        None => Ok(None),
        Some(_) => Err(unexpected_field()),
    }
}

fn unexpected_field() -> AppError {
    AppError::invalid(FIELD, "alone", "must be the only field and contain a file")
}

fn too_large(limit: u64) -> AppError {
    AppError::new(Code::PayloadTooLarge).with_message(format!("The file exceeds the limit of {limit} bytes."))
}

fn form_error(error: multer::Error) -> AppError {
    match error {
        multer::Error::UnknownField { .. } => unexpected_field(),
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            AppError::new(Code::PayloadTooLarge)
        }
        multer::Error::StreamReadFailed(cause) if cause.is::<AppError>() => {
            cause.downcast().map_or_else(AppError::internal, |error| *error)
        }
        error if is_body_timeout(&error) => AppError::new(Code::RequestTimeout),
        error => AppError::bad_request("The request body is not a complete multipart form.").with_source(error),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn gathered(pieces: &[usize]) -> Vec<usize> {
        let pieces: Vec<_> = pieces.iter().map(|size| Ok::<_, std::io::Error>(Bytes::from(vec![0; *size]))).collect();
        let body = Body::from_stream(stream::iter(pieces)).into_data_stream();
        let mut paced = PacedBody { body, given: 0, memory: None, buffers: 0, guard: Arc::default() };
        let mut sizes = Vec::new();
        while let Some(chunk) = paced.gather().await.unwrap() {
            sizes.push(chunk.len());
        }
        sizes
    }

    #[tokio::test]
    async fn small_chunks_are_gathered_and_large_chunks_are_not_copied() {
        assert_eq!(gathered(&vec![1; 2 * CHUNK_BYTES + 5]).await, [CHUNK_BYTES, CHUNK_BYTES, 5]);
        assert_eq!(gathered(&[CHUNK_BYTES * 3, 7]).await, [CHUNK_BYTES * 3, 7]);
        assert_eq!(gathered(&[]).await, [0; 0]);
    }
}
