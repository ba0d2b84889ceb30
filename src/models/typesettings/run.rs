//! One attempt at an order: the text and its pictures in, a stored PDF out.

use std::{collections::BTreeMap, path::Path, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use loco_rs::storage::Storage;
use sea_orm::entity::prelude::*;
use tokio::time::timeout;

use super::{
    Model,
    finish::{Finish, Stored},
    lease::HEARTBEAT,
};
use crate::{
    crypto::sha256,
    models::{documents, new_files::NewFile, storage_usage, uploads},
};
use crate::{
    errors::{self, AppError, AppResult, Code},
    models::Database,
    typesetting::{self, Typesetter},
};

/// Bytes of all pictures of a document at most.
const MAX_IMAGE_BYTES: i64 = 64 * 1024 * 1024;

/// How long a PDF may take to store.
const STORE_TIME: Duration = Duration::from_mins(5);

/// What an attempt needs beside its order.
pub struct Tools<'a> {
    pub db: &'a Database,
    pub storage: &'a Storage,
    pub typesetter: &'a Typesetter,
    /// Maximum number of bytes that the document's owner may store in all.
    pub quota: u64,
    /// The clock, read whenever something is stamped.
    pub now: fn() -> DateTime<Utc>,
}

/// How an attempt went.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// For good: another attempt would end the same.
    Failed,
    /// Not for good: while there are attempts left, another follows.
    Again,
    /// Another process has taken the order meanwhile.
    Lost,
}

impl Model {
    /// Makes the PDF, giving a sign of life all the while.
    ///
    /// # Errors
    /// When the database or the store is gone: the lease runs out, and another attempt follows.
    pub async fn typeset(&self, tools: &Tools<'_>) -> AppResult<Outcome> {
        let Some(document) = documents::Entity::find_by_id(self.document_id).one(tools.db).await? else {
            return Ok(Outcome::Lost);
        };
        // The lease is renewed all the while: fetching images and storing the PDF take time, too.
        tokio::select! {
            // First the attempt: once it has ended, its lease is no longer renewed.
            biased;
            ended = self.attempt(tools, &document) => ended,
            lost = self.keep_alive(tools) => lost,
        }
    }

    async fn attempt(&self, tools: &Tools<'_>, document: &documents::Model) -> AppResult<Outcome> {
        let request = self.request(tools, document).await?;
        let typeset = tools.typesetter.typeset(request).await;
        self.settle(tools, document.user_id, typeset).await
    }

    async fn request(&self, tools: &Tools<'_>, document: &documents::Model) -> AppResult<typesetter::Request> {
        Ok(typesetter::Request {
            document_id: document.pid,
            title: document.title.clone(),
            images: images(tools, document).await?,
            markdown: document.body.clone(),
            updated_at: document.updated_at.timestamp(),
        })
    }

    async fn keep_alive(&self, tools: &Tools<'_>) -> AppResult<Outcome> {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            match self.renew(tools.db, (tools.now)()).await {
                Ok(true) => {}
                Ok(false) => return Ok(Outcome::Lost),
                // The lease outlasts a sign of life that is missed.
                Err(error) => tracing::warn!(%error, "a sign of life could not be given"),
            }
        }
    }

    async fn settle(
        &self,
        tools: &Tools<'_>,
        user_id: i64,
        typeset: Result<typesetter::Rendered, typesetting::Error>,
    ) -> AppResult<Outcome> {
        match typeset {
            Ok(rendered) => self.store(tools, user_id, rendered).await,
            Err(typesetting::Error::Rejected(error)) if error.code == typesetter::ErrorCode::DocumentTooComplex => {
                self.refuse(tools, &error.message).await
            }
            Err(typesetting::Error::Rejected(error)) => {
                tracing::error!(%error, cause = error.cause, "typesetting failed");
                self.fail(tools.db, Code::InternalError.name(), Code::InternalError.message(), (tools.now)()).await?;
                Ok(Outcome::Failed)
            }
            Err(typesetting::Error::Deadline(deadline)) => {
                self.refuse(tools, &format!("The document took longer than {} seconds to typeset.", deadline.as_secs()))
                    .await
            }
            // The process stops: that is no fault of the document.
            Err(typesetting::Error::ShutDown) => {
                self.return_attempt(tools.db, (tools.now)()).await?;
                Ok(Outcome::Again)
            }
            Err(error) => {
                tracing::error!(%error, attempt = self.attempts, "a typesetting was cut short");
                self.release(tools.db, (tools.now)()).await?;
                Ok(Outcome::Again)
            }
        }
    }

    async fn refuse(&self, tools: &Tools<'_>, message: &str) -> AppResult<Outcome> {
        self.fail(tools.db, Code::DocumentTooComplex.name(), message, (tools.now)()).await?;
        Ok(Outcome::Failed)
    }

    async fn store(&self, tools: &Tools<'_>, user_id: i64, rendered: typesetter::Rendered) -> AppResult<Outcome> {
        let pdf = Bytes::from(rendered.pdf);
        let file = NewFile::announce(tools.db, self.storage_key_of_attempt(), STORE_TIME, (tools.now)()).await?;
        let stored = timeout(STORE_TIME, tools.storage.upload(Path::new(&file.key), &pdf)).await;
        stored.map_err(AppError::unavailable)??;
        let stored = Stored {
            user_id,
            quota: tools.quota,
            file: &file,
            sha256: sha256::sha256(&pdf),
            size: i64::try_from(pdf.len()).map_err(AppError::internal)?,
            pages: i32::try_from(rendered.pages).map_err(AppError::internal)?,
        };
        let outcome = match self.finish(tools.db, stored, tools.now).await? {
            Finish::Done => return Ok(Outcome::Done),
            Finish::Lost => Outcome::Lost,
            Finish::OverQuota => {
                let failure = storage_usage::over_quota();
                self.fail(tools.db, failure.code.name(), &failure.message, (tools.now)()).await?;
                Outcome::Failed
            }
        };
        file.delete(tools.db, tools.storage).await;
        Ok(outcome)
    }

    /// Each attempt writes a file of its own, so that a late one never touches what another named.
    fn storage_key_of_attempt(&self) -> String {
        let name = self.pid.simple().to_string();
        format!("pdfs/{}/{name}-{}.pdf", &name[30..], self.attempts)
    }
}

/// The bytes of those pictures that the text names and its owner owns; the others show as a note.
async fn images(tools: &Tools<'_>, document: &documents::Model) -> AppResult<BTreeMap<Uuid, Vec<u8>>> {
    let named = typesetter::image_references(&document.body);
    let owned = uploads::Model::find_all_owned(tools.db, document.user_id, named).await?;
    let mut images = BTreeMap::new();
    let mut room = MAX_IMAGE_BYTES;
    for upload in owned.into_iter().filter(|upload| upload.media_type.starts_with("image/")) {
        room -= upload.size;
        if room < 0 {
            break;
        }
        match tools.storage.download::<Vec<u8>>(Path::new(&upload.storage_key)).await {
            Ok(bytes) => {
                images.insert(upload.pid, bytes);
            }
            // A note in its place, because no attempt would find the file.
            Err(error) if errors::is_absent(&error) => {
                tracing::error!(event = "file_missing", key = upload.storage_key, "stored image is missing");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(images)
}
