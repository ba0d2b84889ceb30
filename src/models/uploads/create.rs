//! Creates an upload. The file is measured and hashed while the storage receives the file. Then the row is inserted.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use loco_rs::storage::{Storage, stream::BytesStream};
use parking_lot::Mutex;
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use sha2::{Digest, Sha256};

use super::{ActiveModel, Model, media_type, users};
use crate::{
    crypto::sha256,
    errors::{AppError, AppResult, Code},
    models::{
        Database, WriteTransaction, file_names,
        new_files::NewFile,
        storage_usage::{self, StorageUsage, over_quota},
    },
};

/// File that a client uploads. The content has not been read yet.
pub struct NewUpload<S> {
    /// File name that the client sent. The name is cleaned before the name is stored.
    pub file_name: Option<String>,
    pub bytes: S,
    /// Maximum size of this file, in bytes.
    pub limit: u64,
    /// Storage quota of the owner, in bytes.
    pub quota: u64,
    /// Maximum duration of the request.
    pub time_limit: Duration,
}

impl Model {
    /// Streams a file to the storage and then inserts its row. If an error occurs before the commit, deletes the file.
    ///
    /// # Errors
    /// `payload_too_large` if the file exceeds the limit or the quota. `unauthorized` if the user no longer exists.
    /// `storage_full` if the storage has no space. `service_unavailable` if the storage fails. Also returns any error
    /// of the stream.
    pub async fn create_for<S>(
        db: &Database,
        storage: &Storage,
        user: &users::Model,
        file: NewUpload<S>,
        now: fn() -> DateTime<Utc>,
    ) -> AppResult<Self>
    where
        S: Stream<Item = AppResult<Bytes>> + Send + 'static,
    {
        let pid = Uuid::now_v7();
        // Reads the remaining quota before the file is stored, so that a file over the quota is rejected early. The
        // transaction that inserts the row checks the quota again, because other requests may store files meanwhile.
        let quota = file.quota;
        let room = quota.saturating_sub(StorageUsage::of(db, user.id).await?.total());
        let new_file = NewFile::announce(db, storage_key(pid), file.time_limit, now()).await?;
        let named = match Self::store(storage, &new_file, file, room).await {
            Ok(row) => Self::insert(db, user, &new_file, ActiveModel { pid: Set(pid), ..row }, quota, now).await,
            Err(error) => Err(error),
        };
        match named {
            Ok((txn, upload)) => {
                // Keeps the file if the commit returns an error, because the database may have stored the row despite
                // the error. If the upload has no row, the file is still in `discarded_files`, and a later purge
                // deletes the file.
                txn.commit().await?;
                Ok(upload)
            }
            Err(error) => {
                new_file.delete(db, storage).await;
                Err(error)
            }
        }
    }

    /// Streams the file to the storage. Returns the columns for the file name, the media type, the size and the hash.
    async fn store<S>(storage: &Storage, new_file: &NewFile, file: NewUpload<S>, room: u64) -> AppResult<ActiveModel>
    where
        S: Stream<Item = AppResult<Bytes>> + Send + 'static,
    {
        let measure = Arc::new(Mutex::new(Measure::new(file.limit, room)));
        let stored = storage.upload_stream(Path::new(&new_file.key), measured(file.bytes, &measure)).await;
        let measure = std::mem::replace(&mut *measure.lock(), Measure::new(0, 0));
        if let Err(error) = stored {
            return Err(measure.failure.unwrap_or_else(|| error.into()));
        }
        Ok(ActiveModel {
            file_name: Set(file_names::from_path(file.file_name.as_deref().unwrap_or_default())),
            media_type: Set(media_type::detect(&measure.head).to_owned()),
            size: Set(i64::try_from(measure.size).map_err(AppError::internal)?),
            sha256: Set(sha256::hex(&measure.sha256.finalize())),
            ..Default::default()
        })
    }

    /// Inserts the row of a stored file and checks the quota. The caller commits.
    async fn insert(
        db: &Database,
        user: &users::Model,
        new_file: &NewFile,
        row: ActiveModel,
        quota: u64,
        now: fn() -> DateTime<Utc>,
    ) -> AppResult<(WriteTransaction, Self)> {
        let txn = db.begin_write().await?;
        if !storage_usage::lock_owner(&txn, user.id).await? {
            return Err(AppError::unauthorized());
        }
        // Reads the clock after the lock, because the wait for the lock takes time.
        let now = now();
        new_file.keep(&txn, now).await?;
        let row = ActiveModel {
            user_id: Set(user.id),
            storage_key: Set(new_file.key.clone()),
            created_at: Set(now.into()),
            ..row
        };
        let upload = row.insert(&txn).await?;
        storage_usage::check_quota(&txn, user.id, quota).await?;
        Ok((txn, upload))
    }
}

/// Properties of the received bytes.
struct Measure {
    size: u64,
    limit: u64,
    /// Remaining quota of the owner, in bytes.
    room: u64,
    sha256: Sha256,
    head: Vec<u8>,
    /// Reason why the stream was not read to its end.
    failure: Option<AppError>,
}

impl Measure {
    fn new(limit: u64, room: u64) -> Self {
        Self { size: 0, limit, room, sha256: Sha256::new(), head: Vec::new(), failure: None }
    }

    fn take(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.size += chunk.len() as u64;
        if self.size > self.limit {
            let message = format!("The file exceeds the limit of {} bytes.", self.limit);
            return Err(self.fail(AppError::new(Code::PayloadTooLarge).with_message(message)));
        }
        if self.size > self.room {
            return Err(self.fail(over_quota()));
        }
        let room = media_type::HEAD_BYTES.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..room]);
        self.sha256.update(chunk);
        Ok(())
    }

    fn fail(&mut self, failure: AppError) -> io::Error {
        self.failure = Some(failure);
        io::Error::other("the upload was not read to its end")
    }
}

fn measured<S>(bytes: S, measure: &Arc<Mutex<Measure>>) -> BytesStream
where
    S: Stream<Item = AppResult<Bytes>> + Send + 'static,
{
    let measure = Arc::clone(measure);
    // The lock is never contended, because one task reads the stream. The mutex only gives `store` access to the
    // measured properties.
    BytesStream::from_body_stream(bytes.map(move |chunk| {
        let mut measure = measure.lock();
        let chunk = chunk.map_err(|error| measure.fail(error))?;
        measure.take(&chunk)?;
        Ok(chunk)
    }))
}

/// Returns the storage key of a file. The key contains no text that the client sent. The random end of the ID selects
/// the folder.
fn storage_key(pid: Uuid) -> String {
    let name = pid.simple().to_string();
    format!("uploads/{}/{name}", &name[30..])
}
