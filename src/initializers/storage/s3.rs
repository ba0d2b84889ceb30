//! Store driver for an S3 bucket. A file becomes visible after all parts of the file have been sent.
//!
//! Unlike Loco's driver, this driver sends every file in parts and aborts a failed upload at the bucket. The driver
//! also limits the number of concurrent uploads, because each upload holds parts of its file in memory.

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

use crate::{
    initializers::crypto_provider,
    models::file_reader::FileReader,
    settings::{Aws, Bucket},
};

/// Timeout of a request that reads the metadata of a file.
const METADATA_TIMEOUT: Duration = Duration::from_secs(2);
/// Timeout of sending or receiving one part of a file.
const PART_TIMEOUT: Duration = Duration::from_secs(5);
/// Delay before the only retry of a failed request.
const RETRY_DELAY: Duration = Duration::from_millis(100);
/// Size of a part, in bytes. S3 rejects smaller parts, except the last part of a file.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Maximum number of concurrent uploads. An upload holds up to two parts in memory while the client sends the file.
const MAX_UPLOADS: usize = 16;
/// Maximum time that an upload waits for a free slot.
const SLOT_TIMEOUT: Duration = Duration::from_secs(2);

struct BucketStore {
    operator: Operator,
    upload_slots: Semaphore,
    inner: OpendalAdapter,
}

/// Opens the bucket for writing and reading. Does not check whether the bucket responds.
///
/// # Errors
/// Returns an error if the client cannot be created.
pub fn open(bucket: &Bucket, aws: &Aws) -> StorageResult<(Box<dyn StoreDriver>, FileReader)> {
    static TRANSPORT: Once = Once::new();
    TRANSPORT.call_once(|| {
        crypto_provider::install();
        // Installs an HTTP client, because Loco's S3 feature has none and every request would fail.
        HttpTransporter::install_default(ReqwestTransport::default());
    });
    let timeouts = TimeoutLayer::new().with_timeout(METADATA_TIMEOUT).with_io_timeout(PART_TIMEOUT);
    // Retries a failed request once, because Loco's adapter would retry four times in seven seconds. The adapter does
    // not retry a request that this layer has already retried.
    let retries = RetryLayer::new().with_max_times(1).with_min_delay(RETRY_DELAY).with_max_delay(RETRY_DELAY);
    let operator = Operator::new(service(bucket, aws))?.layer(timeouts).layer(retries);
    let inner = OpendalAdapter::new(operator.clone());
    let reader = FileReader::new(operator.clone());
    Ok((Box::new(BucketStore { operator, upload_slots: Semaphore::new(MAX_UPLOADS), inner }), reader))
}

fn service(bucket: &Bucket, aws: &Aws) -> S3 {
    let mut service = S3::default()
        .bucket(&bucket.name)
        .root(&bucket.prefix)
        .region(&bucket.region)
        .access_key_id(&aws.access_key_id)
        .secret_access_key(aws.secret_access_key.reveal())
        // Uses only the credentials in the settings. The client itself loads no credentials from variables, files or a
        // metadata server.
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
async fn copy_stream(writer: &mut Writer, mut stream: BytesStream) -> StorageResult<UploadResponse> {
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
        let sent = copy_stream(&mut writer, stream).await;
        if sent.is_err() {
            // Deletes the sent parts, because these parts use storage without being visible. The timeout is short,
            // because the client waits for the response. If the deletion fails, a lifecycle rule of the bucket can
            // delete the parts.
            let _ = timeout(METADATA_TIMEOUT, writer.abort()).await;
        }
        sent
    }
}

#[async_trait]
impl StoreDriver for BucketStore {
    async fn upload(&self, path: &Path, content: &Bytes) -> StorageResult<UploadResponse> {
        let parts = (0..content.len().max(1)).step_by(PART_BYTES);
        let parts: Vec<_> = parts.map(|at| content.slice(at..(at + PART_BYTES).min(content.len()))).collect();
        // Takes no upload slot, because the content is already in memory and jobs must not wait for uploads of clients.
        self.send(path, BytesStream::from_body_stream(stream::iter(parts.into_iter().map(Ok)))).await
    }

    async fn upload_stream(&self, path: &Path, stream: BytesStream) -> StorageResult<UploadResponse> {
        let slot = timeout(SLOT_TIMEOUT, self.upload_slots.acquire()).await;
        let _slot = slot.map_err(|elapsed| StorageError::Any(Box::new(elapsed)))?;
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
