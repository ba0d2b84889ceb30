//! Reads byte ranges of stored files, because Loco's `Storage` reads only whole files.

use std::ops::Range;

use futures_util::{StreamExt, stream};
use loco_rs::storage::{StorageError, stream::BytesStream};
use opendal::Operator;

use crate::errors::AppResult;

/// Read access to the storage of uploads and PDFs.
#[derive(Debug, Clone)]
pub struct FileReader(Operator);

impl FileReader {
    /// Creates a reader for a folder or bucket.
    #[must_use]
    pub const fn new(operator: Operator) -> Self {
        Self(operator)
    }

    /// Streams a byte range of a file. Reads the first bytes before the function returns, because only a read reports a
    /// missing file.
    ///
    /// # Errors
    /// `internal_error` if the file is missing. `service_unavailable` if the storage does not respond.
    pub async fn open(&self, key: &str, range: Range<u64>) -> AppResult<BytesStream> {
        let reader = self.0.reader(key).await.map_err(StorageError::from)?;
        let mut bytes = reader.into_bytes_stream(range).await.map_err(StorageError::from)?;
        let first = bytes.next().await.transpose()?;
        Ok(BytesStream::from_body_stream(stream::iter(first.map(Ok)).chain(bytes)))
    }
}
