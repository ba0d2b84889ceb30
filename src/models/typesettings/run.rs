//! Runs one attempt of a typesetting: reads the text and its images, and stores the PDF.

use std::{collections::BTreeMap, path::Path, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use loco_rs::storage::Storage;
use sea_orm::entity::prelude::*;
use tokio::time::timeout;

use super::{
    Model,
    finish::{Finish, StoredPdf},
    lease::HEARTBEAT,
};
use crate::{
    crypto::sha256,
    errors::{self, AppError, AppResult, Code},
    models::{Database, documents, new_files::NewFile, storage_usage, uploads},
    typesetting::{self, Typesetter},
};

/// Maximum total size of all images of a document, in bytes.
const MAX_IMAGE_BYTES: i64 = 64 * 1024 * 1024;

/// Maximum time to store a PDF.
const STORE_TIMEOUT: Duration = Duration::from_mins(5);

/// Services and settings of an attempt.
pub struct RunServices<'a> {
    pub db: &'a Database,
    pub storage: &'a Storage,
    pub typesetter: &'a Typesetter,
    /// Storage quota of the document's owner, in bytes.
    pub quota: u64,
    /// Function that returns the current time.
    pub now: fn() -> DateTime<Utc>,
}

/// Result of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum RunOutcome {
    Done,
    /// The attempt failed with a permanent error.
    Failed,
    /// The attempt failed with a temporary error. Another attempt follows.
    Retry,
    /// Another worker has claimed the typesetting, or the document was deleted.
    LeaseLost,
}

impl Model {
    /// Typesets the document, stores the PDF and renews the lease meanwhile.
    ///
    /// # Errors
    /// `service_unavailable` if the database or the storage fails. The lease then expires, and another attempt follows.
    pub async fn run(&self, services: &RunServices<'_>) -> AppResult<RunOutcome> {
        let Some(document) = documents::Entity::find_by_id(self.document_id).one(services.db).await? else {
            return Ok(RunOutcome::LeaseLost);
        };
        // The lease is renewed during the whole attempt, because reading images and storing the PDF take time, too.
        tokio::select! {
            // Polls the attempt first, because the lease must not be renewed after the end of the attempt.
            biased;
            ended = self.attempt(services, &document) => ended,
            lost = self.keep_alive(services) => lost,
        }
    }

    async fn attempt(&self, services: &RunServices<'_>, document: &documents::Model) -> AppResult<RunOutcome> {
        let request = self.request(services, document).await?;
        let typeset = services.typesetter.typeset(request).await;
        self.finish_attempt(services, document.user_id, typeset).await
    }

    async fn request(&self, services: &RunServices<'_>, document: &documents::Model) -> AppResult<typesetter::Request> {
        Ok(typesetter::Request {
            document_id: document.pid,
            title: document.title.clone(),
            images: images(services, document).await?,
            markdown: document.body.clone(),
            updated_at: document.updated_at.timestamp(),
        })
    }

    async fn keep_alive(&self, services: &RunServices<'_>) -> AppResult<RunOutcome> {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            match self.renew(services.db, (services.now)()).await {
                Ok(true) => {}
                Ok(false) => return Ok(RunOutcome::LeaseLost),
                // The lease is longer than two renewal intervals, so that one failed renewal does no harm.
                Err(error) => tracing::warn!(%error, "lease renewal failed"),
            }
        }
    }

    async fn finish_attempt(
        &self,
        services: &RunServices<'_>,
        user_id: i64,
        typeset: Result<typesetter::Rendered, typesetting::Error>,
    ) -> AppResult<RunOutcome> {
        match typeset {
            Ok(rendered) => self.store(services, user_id, rendered).await,
            Err(typesetting::Error::Rejected(error)) if error.code == typesetter::ErrorCode::DocumentTooComplex => {
                self.reject(services, &error.message).await
            }
            Err(typesetting::Error::Rejected(error)) => {
                tracing::error!(%error, cause = error.cause, "typesetting failed");
                self.fail(services.db, Code::InternalError.name(), Code::InternalError.message(), (services.now)())
                    .await?;
                Ok(RunOutcome::Failed)
            }
            Err(typesetting::Error::Deadline(deadline)) => {
                self.reject(
                    services,
                    &format!("The document took longer than {} seconds to typeset.", deadline.as_secs()),
                )
                .await
            }
            // Does not count the attempt, because this process is stopping.
            Err(typesetting::Error::ShutDown) => {
                self.return_attempt(services.db, (services.now)()).await?;
                Ok(RunOutcome::Retry)
            }
            Err(error) => {
                tracing::error!(%error, attempt = self.attempts, "typesetting ended early");
                self.release(services.db, (services.now)()).await?;
                Ok(RunOutcome::Retry)
            }
        }
    }

    async fn reject(&self, services: &RunServices<'_>, message: &str) -> AppResult<RunOutcome> {
        self.fail(services.db, Code::DocumentTooComplex.name(), message, (services.now)()).await?;
        Ok(RunOutcome::Failed)
    }

    async fn store(
        &self,
        services: &RunServices<'_>,
        user_id: i64,
        rendered: typesetter::Rendered,
    ) -> AppResult<RunOutcome> {
        let pdf = Bytes::from(rendered.pdf);
        let file =
            NewFile::announce(services.db, self.storage_key_of_attempt(), STORE_TIMEOUT, (services.now)()).await?;
        let stored = timeout(STORE_TIMEOUT, services.storage.upload(Path::new(&file.key), &pdf)).await;
        stored.map_err(AppError::unavailable)??;
        let stored = StoredPdf {
            user_id,
            quota: services.quota,
            file: &file,
            sha256: sha256::sha256(&pdf),
            size: i64::try_from(pdf.len()).map_err(AppError::internal)?,
            pages: i32::try_from(rendered.pages).map_err(AppError::internal)?,
        };
        let outcome = match self.finish(services.db, stored, services.now).await? {
            Finish::Done => return Ok(RunOutcome::Done),
            Finish::Lost => RunOutcome::LeaseLost,
            Finish::OverQuota => {
                let failure = storage_usage::over_quota();
                self.fail(services.db, failure.code.name(), &failure.message, (services.now)()).await?;
                RunOutcome::Failed
            }
        };
        file.delete(services.db, services.storage).await;
        Ok(outcome)
    }

    /// Returns the storage key for the PDF of this attempt. The key contains the attempt number, so that a late attempt
    /// never overwrites the file of another attempt.
    fn storage_key_of_attempt(&self) -> String {
        let name = self.pid.simple().to_string();
        format!("pdfs/{}/{name}-{}.pdf", &name[30..], self.attempts)
    }
}

/// Reads the images that the document refers to and that belong to the owner of the document, up to the maximum total
/// size. In the PDF, a note replaces every other image.
async fn images(services: &RunServices<'_>, document: &documents::Model) -> AppResult<BTreeMap<Uuid, Vec<u8>>> {
    let referenced = typesetter::image_references(&document.body);
    let owned = uploads::Model::find_all_owned(services.db, document.user_id, referenced).await?;
    let mut images = BTreeMap::new();
    let mut remaining = MAX_IMAGE_BYTES;
    for upload in owned.into_iter().filter(|upload| upload.media_type.starts_with("image/")) {
        remaining -= upload.size;
        if remaining < 0 {
            break;
        }
        match services.storage.download::<Vec<u8>>(Path::new(&upload.storage_key)).await {
            Ok(bytes) => {
                images.insert(upload.pid, bytes);
            }
            // The PDF contains a note instead of the image, because no retry would find the file.
            Err(error) if errors::is_absent(&error) => {
                tracing::error!(event = "file_missing", key = upload.storage_key, "stored image is missing");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(images)
}
