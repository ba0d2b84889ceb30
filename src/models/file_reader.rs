//! Reads stored files from any position. Loco's `Storage` reads only whole files.

use std::ops::Range;

use futures_util::{StreamExt, stream};
use loco_rs::storage::{StorageError, stream::BytesStream};
use opendal::Operator;

use crate::errors::AppResult;

/// Read access to the store of uploads and PDFs.
#[derive(Debug, Clone)]
pub struct FileReader(Operator);

impl FileReader {
    /// Returns a reader of this folder or bucket.
    #[must_use]
    pub const fn new(operator: Operator) -> Self {
        Self(operator)
    }

    /// Streams the bytes of a file at these positions, and reads no others. The first bytes have been read when
    /// this returns, because a store reports only then that it lacks a file.
    ///
    /// # Errors
    /// `internal_error` if the store lacks the file, `service_unavailable` if the store does not respond.
    pub async fn open(&self, key: &str, range: Range<u64>) -> AppResult<BytesStream> {
        let reader = self.0.reader(key).await.map_err(StorageError::from)?;
        let mut bytes = reader.into_bytes_stream(range).await.map_err(StorageError::from)?;
        let first = bytes.next().await.transpose()?;
        Ok(BytesStream::from_body_stream(stream::iter(first.map(Ok)).chain(bytes)))
    }
}
