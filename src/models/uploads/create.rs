//! Receives an upload: the file is measured and hashed while it streams to the store, then its row is inserted.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use loco_rs::storage::{Storage, stream::BytesStream};
use parking_lot::Mutex;
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use sha2::{Digest, Sha256};

use super::{ActiveModel, Model, media_type, users};
use crate::errors::{AppError, AppResult, Code};
use crate::{
    crypto::sha256,
    models::{
        Database, WriteTransaction,
        new_files::NewFile,
        storage_usage::{self, StorageUsage, over_quota},
    },
};

/// Bytes of a file's name that are kept.
pub const MAX_NAME_BYTES: usize = 255;

/// An upload that has not been read yet.
pub struct NewUpload<S> {
    /// As the client sent it; cleaned before it is kept.
    pub file_name: Option<String>,
    pub bytes: S,
    /// Maximum size of this file in bytes.
    pub limit: u64,
    /// Maximum number of bytes that its owner may store in all.
    pub quota: u64,
    /// How long the request may take.
    pub time_limit: Duration,
}

impl Model {
    /// Streams a file to the store and then inserts its row. If any step fails, neither a row nor a file is left.
    ///
    /// # Errors
    /// `payload_too_large` past the limit or the quota, the stream's own error, `storage_full`,
    /// `service_unavailable`.
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
        // A file that does not fit is not even stored. The row's transaction counts again, because other
        // requests store files meanwhile.
        let quota = file.quota;
        let room = quota.saturating_sub(StorageUsage::of(db, user.id).await?.total());
        let new_file = NewFile::announce(db, storage_key(pid), file.time_limit, now()).await?;
        let named = match Self::store(storage, &new_file, file, room).await {
            Ok(row) => Self::insert(db, user, &new_file, ActiveModel { pid: Set(pid), ..row }, quota, now).await,
            Err(error) => Err(error),
        };
        match named {
            Ok((txn, upload)) => {
                // If the outcome of the commit is unknown, a file without a row is still listed and deleted later.
                txn.commit().await?;
                Ok(upload)
            }
            Err(error) => {
                new_file.delete(db, storage).await;
                Err(error)
            }
        }
    }

    /// Streams the file to the store. Returns the columns that depend on the stream.
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
            file_name: Set(clean_name(file.file_name.as_deref())),
            media_type: Set(media_type::of(&measure.head).to_owned()),
            size: Set(i64::try_from(measure.size).map_err(AppError::internal)?),
            sha256: Set(sha256::hex(&measure.sha256.finalize())),
            ..Default::default()
        })
    }

    /// Inserts the row of a stored file, unless its owner is over the quota with it. The caller commits.
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
        // After the lock, which takes time.
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

/// What has come so far.
struct Measure {
    size: u64,
    limit: u64,
    /// Bytes until its owner has as many as they may.
    room: u64,
    sha256: Sha256,
    head: Vec<u8>,
    /// Why the client's stream was not taken to its end.
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
        io::Error::other("the upload was not taken to its end")
    }
}

fn measured<S>(bytes: S, measure: &Arc<Mutex<Measure>>) -> BytesStream
where
    S: Stream<Item = AppResult<Bytes>> + Send + 'static,
{
    let measure = Arc::clone(measure);
    // Locked by one task at a time and never across an await: the mutex only lets the result out.
    BytesStream::from_body_stream(bytes.map(move |chunk| {
        let mut measure = measure.lock();
        let chunk = chunk.map_err(|error| measure.fail(error))?;
        measure.take(&chunk)?;
        Ok(chunk)
    }))
}

/// Ours, never the client's; spread over folders by the random end of the id.
fn storage_key(pid: Uuid) -> String {
    let name = pid.simple().to_string();
    format!("uploads/{}/{name}", &name[30..])
}

/// The last part of a path, without control characters, cut to what is kept.
fn clean_name(name: Option<&str>) -> String {
    let last = name.and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default();
    let mut clean: String = last.chars().filter(|c| !c.is_control()).collect();
    while clean.len() > MAX_NAME_BYTES {
        clean.pop();
    }
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if clean.is_empty() { "file".to_owned() } else { clean.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_last_part_and_loses_what_could_do_harm() {
        let table = [
            (Some("photo.png"), "photo.png"),
            (Some("../../etc/passwd"), "passwd"),
            (Some("C:\\Users\\ada\\photo.png"), "photo.png"),
            (Some("a\r\nSet-Cookie: b\0.png"), "aSet-Cookie: b.png"),
            (Some(".."), "file"),
            (Some(". ."), "file"),
            (Some("  "), "file"),
            (None, "file"),
        ];
        for (name, expected) in table {
            assert_eq!(clean_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let name = clean_name(Some(&"\u{e9}".repeat(300)));
        assert!(name.len() <= MAX_NAME_BYTES && name.chars().all(|c| c == '\u{e9}'));
    }
}
