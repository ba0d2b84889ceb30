//! The one file of a multipart body, as a stream.

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

use super::stalled;
use crate::{
    errors::{AppError, AppResult, Code},
    middleware::{body_limit::declared_size, body_memory::Reservation},
    models::uploads::NewUpload,
    settings::Storage,
};

/// Bytes around the file: boundaries and part headers.
const ENVELOPE_BYTES: u64 = 64 * 1024;
/// Bytes before the file after which no further chunk is read: the first boundary and the part's headers.
const PREAMBLE_BYTES: usize = 16 * 1024;
/// Bytes of the body that the parser gets at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// The field that carries the file.
const FIELD: &str = "file";

/// What an upload's body holds.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
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
    /// A field that may come before the file, and is not looked at.
    leading_field: Option<&'static str>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> AppResult<Self> {
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(content_type);
        let boundary = boundary.map_err(|_| {
            AppError::new(Code::UnsupportedMediaType)
                .with_message("The Content-Type must be multipart/form-data, with a field `file`.")
        })?;
        Ok(Self { request, boundary, leading_field: None })
    }
}

impl Upload {
    /// The same form, in which this field may come before the file.
    #[must_use]
    pub fn allow_field_before(mut self, field: &'static str) -> Self {
        self.leading_field = Some(field);
        self
    }

    /// Returns the file as a new upload within the limits of the settings.
    ///
    /// # Errors
    /// As [`Upload::file`].
    pub async fn into_new_upload(
        self,
        settings: &Storage,
        time_limit: Duration,
    ) -> AppResult<NewUpload<impl Stream<Item = AppResult<Bytes>> + use<>>> {
        let (limit, quota) = (settings.upload_max_bytes, settings.upload_quota_bytes);
        let (file_name, bytes) = self.file(limit, settings.upload_buffer_bytes()).await?;
        Ok(NewUpload { file_name, bytes, limit, quota, time_limit })
    }

    /// The file's name and its bytes, which are read as they are asked for. Up to `buffers` bytes of memory are
    /// reserved for them.
    ///
    /// # Errors
    /// `payload_too_large` before anything is read where the request already says so;
    /// `validation_error` without a field `file`; `bad_request` for a body that is no form;
    /// `service_unavailable` while other bodies use up the memory. The
    /// stream ends with one of them where the form does not end with the file.
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
        let outside = Arc::new(PreambleGuard::default());
        let memory = self.request.extensions().get::<Arc<Reservation>>().cloned();
        let body = self.request.into_body().into_data_stream();
        let feed = PacedBody { body, given: 0, memory, buffers, outside: Arc::clone(&outside) };
        let body = stream::unfold(feed, one_at_a_time);
        let mut form = Multipart::with_constraints(body, self.boundary, constraints);
        let mut field = form.next_field().await.map_err(unreadable)?;
        if field.as_ref().is_some_and(|field| field.name() != Some(FIELD)) {
            drop(field);
            field = form.next_field().await.map_err(unreadable)?;
        }
        let field = field.filter(|field| field.name() == Some(FIELD));
        let field = field.ok_or_else(|| AppError::invalid(FIELD, "required", "must be present"))?;
        outside.enter_file();
        let name = field.file_name().map(str::to_owned);
        Ok((name, stream::try_unfold((form, Some(field), outside), next_chunk)))
    }
}

/// The body on its way to the parser, which takes in all that is ready before it gives anything out:
/// without a pause after each chunk, a fast sender's whole file would lie in memory. Until the file
/// begins it also looks at all it has with every chunk, so that what comes before is kept short.
struct PacedBody {
    body: BodyDataStream,
    /// Bytes that the parser has been given.
    given: usize,
    /// What this request reserves for its buffers, and their size in bytes.
    memory: Option<Arc<Reservation>>,
    buffers: usize,
    outside: Arc<PreambleGuard>,
}

impl PacedBody {
    /// Returns the next bytes: 64 KiB or, at the end of the body, the rest. Small chunks are copied together,
    /// because the parser and the store spend the same time on a chunk of any size.
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

/// How much of the form that is not the file has been read in one go.
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

async fn one_at_a_time(mut feed: PacedBody) -> Option<(BodyChunk, PacedBody)> {
    if feed.given > 0 {
        yield_now().await;
    }
    let chunk = match feed.gather().await {
        Ok(chunk) => chunk?,
        Err(error) => return Some((Err(error.into()), feed)),
    };
    if feed.outside.is_too_much() {
        return Some((Err("no file begins, or none ends".into()), feed));
    }
    feed.outside.bytes.fetch_add(chunk.len(), Ordering::Relaxed);
    feed.given += chunk.len();
    let reserved = feed.memory.as_ref().map_or(Ok(()), |memory| memory.grow_to(feed.given.min(feed.buffers)));
    Some((reserved.map(|()| chunk).map_err(Into::into), feed))
}

type Reading = (Multipart<'static>, Option<Field<'static>>, Arc<PreambleGuard>);

/// The file's next bytes; at its end, nothing, if the form ends there too.
async fn next_chunk((mut form, field, outside): Reading) -> AppResult<Option<(Bytes, Reading)>> {
    let Some(mut field) = field else { return Ok(None) };
    if let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        return Ok(Some((chunk, (form, Some(field), outside))));
    }
    drop(field);
    outside.leave_file();
    match form.next_field().await.map_err(unreadable)? {
        None => Ok(None),
        Some(_) => Err(alone()),
    }
}

fn alone() -> AppError {
    AppError::invalid(FIELD, "alone", "must be the only field and contain a file")
}

fn too_large(limit: u64) -> AppError {
    AppError::new(Code::PayloadTooLarge).with_message(format!("The file exceeds the limit of {limit} bytes."))
}

fn unreadable(error: multer::Error) -> AppError {
    match error {
        multer::Error::UnknownField { .. } => alone(),
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            AppError::new(Code::PayloadTooLarge)
        }
        multer::Error::StreamReadFailed(cause) if cause.is::<AppError>() => {
            cause.downcast().map_or_else(AppError::internal, |error| *error)
        }
        error if stalled(&error) => AppError::new(Code::RequestTimeout),
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
        let mut feed = PacedBody { body, given: 0, memory: None, buffers: 0, outside: Arc::default() };
        let mut sizes = Vec::new();
        while let Some(chunk) = feed.gather().await.unwrap() {
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
