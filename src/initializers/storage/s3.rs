//! A bucket of an S3 as a store. A file is there once all its parts have been sent.
//!
//! Beside what Loco's driver does: whatever is sent goes in parts, an upload that fails is given up at the
//! bucket too, and no more are sent at once than there is memory for.

use std::{path::Path, sync::Once, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use loco_rs::storage::{
    StorageError, StorageResult,
    drivers::{GetResponse, ListEntry, StoreDriver, UploadResponse, opendal_adapter::OpendalAdapter},
    stream::BytesStream,
};
use opendal::{
    HttpTransporter, Operator, Writer,
    layers::{RetryLayer, TimeoutLayer},
    services::S3,
};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::{sync::Semaphore, time::timeout};

use crate::initializers::crypto_provider;
use crate::{
    models::file_reader::FileReader,
    settings::{Aws, Bucket},
};

/// How long a question about a file may take.
const QUESTION: Duration = Duration::from_secs(2);
/// How long a part of a file may take, either way, and everything that changes the bucket.
const PART: Duration = Duration::from_secs(5);
/// How long is waited before the one second try.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes of a part: the least that S3 takes of any but the last.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Files sent at once. Each has up to two parts in memory, and however long its client takes.
const SENDERS: usize = 16;
/// How long a file waits for its turn.
const TURN: Duration = Duration::from_secs(2);

struct BucketStore {
    operator: Operator,
    senders: Semaphore,
    inner: OpendalAdapter,
}

/// Opens the bucket for writing and for reading; whether it answers is not checked.
///
/// # Errors
/// When the client cannot be made.
pub fn open(bucket: &Bucket, aws: &Aws) -> StorageResult<(Box<dyn StoreDriver>, FileReader)> {
    static TRANSPORT: Once = Once::new();
    TRANSPORT.call_once(|| {
        crypto_provider::install();
        // Loco's feature for S3 brings no client; without one, every file fails.
        HttpTransporter::install_default(ReqwestTransport::default());
    });
    let deadlines = TimeoutLayer::new().with_timeout(QUESTION).with_io_timeout(PART);
    // Inside the adapter's own, which would try four times over seven seconds: what has been tried again
    // here is not tried again there.
    let again = RetryLayer::new().with_max_times(1).with_min_delay(PAUSE).with_max_delay(PAUSE);
    let operator = Operator::new(service(bucket, aws))?.layer(deadlines).layer(again);
    let inner = OpendalAdapter::new(operator.clone());
    let reader = FileReader::new(operator.clone());
    Ok((Box::new(BucketStore { operator, senders: Semaphore::new(SENDERS), inner }), reader))
}

fn service(bucket: &Bucket, aws: &Aws) -> S3 {
    let mut service = S3::default()
        .bucket(&bucket.name)
        .root(&bucket.prefix)
        .region(&bucket.region)
        .access_key_id(&aws.access_key_id)
        .secret_access_key(aws.secret_access_key.reveal())
        // Settings alone say who we are: no variable, file or host is asked beside them.
        .disable_config_load();
    if let Some(endpoint) = &bucket.endpoint {
        service = service.endpoint(endpoint);
    }
    if !aws.session_token.reveal().is_empty() {
        service = service.session_token(aws.session_token.reveal());
    }
    service
}

/// Sends a stream part by part.
async fn pour(writer: &mut Writer, mut stream: BytesStream) -> StorageResult<UploadResponse> {
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| StorageError::Any(Box::new(error)))?;
        writer.write(chunk).await?;
    }
    writer.close().await?;
    Ok(UploadResponse::new(None, None))
}

impl BucketStore {
    async fn send(&self, path: &Path, stream: BytesStream) -> StorageResult<UploadResponse> {
        let mut writer = self.operator.writer(&path.display().to_string()).await?;
        let sent = pour(&mut writer, stream).await;
        if sent.is_err() {
            // Parts that were sent would stay, seen by nobody. Where this fails or takes long, which would keep
            // the client from its answer, the bucket's own rule is left.
            let _ = timeout(QUESTION, writer.abort()).await;
        }
        sent
    }
}

#[async_trait]
impl StoreDriver for BucketStore {
    async fn upload(&self, path: &Path, content: &Bytes) -> StorageResult<UploadResponse> {
        let parts = (0..content.len().max(1)).step_by(PART_BYTES);
        let parts: Vec<_> = parts.map(|at| content.slice(at..(at + PART_BYTES).min(content.len()))).collect();
        // A job's, and in memory already: it does not wait behind clients.
        self.send(path, BytesStream::from_body_stream(stream::iter(parts.into_iter().map(Ok)))).await
    }

    async fn upload_stream(&self, path: &Path, stream: BytesStream) -> StorageResult<UploadResponse> {
        let turn = timeout(TURN, self.senders.acquire()).await;
        let _sender = turn.map_err(|late| StorageError::Any(Box::new(late)))?;
        self.send(path, stream).await
    }

    async fn get(&self, path: &Path) -> StorageResult<GetResponse> {
        self.inner.get(path).await
    }

    async fn get_stream(&self, path: &Path) -> StorageResult<BytesStream> {
        self.inner.get_stream(path).await
    }

    async fn delete(&self, path: &Path) -> StorageResult<()> {
        self.inner.delete(path).await
    }

    async fn rename(&self, from: &Path, to: &Path) -> StorageResult<()> {
        self.inner.rename(from, to).await
    }

    async fn copy(&self, from: &Path, to: &Path) -> StorageResult<()> {
        self.inner.copy(from, to).await
    }

    async fn exists(&self, path: &Path) -> StorageResult<bool> {
        self.inner.exists(path).await
    }

    async fn list(&self, path: &Path, recursive: bool) -> StorageResult<Vec<ListEntry>> {
        self.inner.list(path, recursive).await
    }

    async fn stat(&self, path: &Path) -> StorageResult<ListEntry> {
        self.inner.stat(path).await
    }
}
