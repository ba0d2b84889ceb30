//! Takes a file in: measured and hashed while it streams to the store, then a row, then the answer.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use loco_rs::storage::{Storage, stream::BytesStream};
use parking_lot::Mutex;
use sea_orm::{ActiveValue::Set, DatabaseBackend, QuerySelect, entity::prelude::*, sea_query::LockType};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{
    super::{Database, digest},
    ActiveModel, Column, Entity, Model, media_type, users,
};
use crate::{
    errors::{AppError, AppResult, Code},
    models::WriteTransaction,
};

/// Bytes of a file's name that are kept.
pub const MAX_NAME_BYTES: usize = 255;

/// How long a store may take to delete what it may not have.
const DROPPING: Duration = Duration::from_secs(2);

/// A file on its way in.
pub struct Incoming<S> {
    /// As the client sent it; cleaned before it is kept.
    pub file_name: Option<String>,
    pub bytes: S,
    /// Bytes of this file at most.
    pub limit: u64,
    /// Bytes of all files of its owner at most.
    pub quota: u64,
}

impl Model {
    /// Streams a file to the store and then names it in the database. What fails on the way leaves
    /// neither a row nor a file.
    ///
    /// # Errors
    /// `payload_too_large` past the limit or the quota, the stream's own error, `storage_full`,
    /// `service_unavailable`.
    pub async fn receive<S>(
        db: &Database,
        storage: &Storage,
        user: &users::Model,
        file: Incoming<S>,
        now: DateTime<Utc>,
    ) -> AppResult<Self>
    where
        S: Stream<Item = AppResult<Bytes>> + Send + 'static,
    {
        let pid = Uuid::now_v7();
        let key = storage_key(pid);
        // What does not fit is not even stored; what others fill meanwhile is counted again with the row.
        let room = file.quota.saturating_sub(Self::bytes_of(db, user).await?);
        let measure = Arc::new(Mutex::new(Measure::new(file.limit, room)));
        let stored = storage.upload_stream(Path::new(&key), measured(file.bytes, &measure)).await;
        let measure = std::mem::replace(&mut *measure.lock(), Measure::new(0, 0));
        if let Err(error) = stored {
            // What the client broke off is not there: a store has a file only once it is whole.
            if let Some(failure) = measure.failure {
                return Err(failure);
            }
            drop_lost(storage, &key).await;
            return Err(error.into());
        }
        let row = ActiveModel {
            pid: Set(pid),
            user_id: Set(user.id),
            file_name: Set(clean_name(file.file_name.as_deref())),
            media_type: Set(media_type::of(&measure.head).to_owned()),
            size: Set(i64::try_from(measure.size).map_err(AppError::internal)?),
            sha256: Set(digest::hex(&measure.sha256.finalize())),
            storage_key: Set(key.clone()),
            created_at: Set(now.into()),
            ..Default::default()
        };
        let (txn, upload) = match Self::name_within(db, user, row, file.quota).await {
            Ok(named) => named,
            Err(error) => {
                Self::drop_unnamed(db, storage, pid, &key).await;
                return Err(error);
            }
        };
        if let Err(error) = txn.commit().await {
            // A server may still be about to make a commit whose answer was lost; a file of ours knows.
            if db.get_database_backend() == DatabaseBackend::Sqlite {
                Self::drop_unnamed(db, storage, pid, &key).await;
            } else {
                tracing::warn!(%error, key, "a file was kept whose row may not be there");
            }
            return Err(error.into());
        }
        Ok(upload)
    }

    /// Deletes a file that no row names. The row may be there though naming it failed: where a commit's
    /// answer was lost. A file that nobody names is a lesser evil than a row without its file.
    pub async fn drop_unnamed(db: &Database, storage: &Storage, pid: Uuid, key: &str) {
        let left = match Entity::find().filter(Column::Pid.eq(pid)).one(db).await {
            Ok(Some(_)) => Err("a row names it".to_owned()),
            Ok(None) => storage.delete(Path::new(key)).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = left {
            tracing::warn!(reason, key, "the file of a refused upload was not deleted");
        }
    }

    /// Names a stored file, unless its owner has too many bytes with it. Nobody else sees it before the
    /// commit, which is the caller's.
    async fn name_within(
        db: &Database,
        user: &users::Model,
        row: ActiveModel,
        quota: u64,
    ) -> AppResult<(WriteTransaction, Self)> {
        let txn = db.begin_write().await?;
        // One at a time for each owner: two who count before either has written would both find room.
        let owner = users::Entity::find_by_id(user.id).lock(LockType::NoKeyUpdate).one(&txn).await?;
        owner.ok_or_else(AppError::unauthorized)?;
        let upload = row.insert(&txn).await?;
        if Self::bytes_of(&txn, user).await? > quota {
            return Err(no_room());
        }
        Ok((txn, upload))
    }
}

/// Deletes a file that the store did not say it has: where its answer was lost, it may have it all the same. No
/// row ever names it. Not for long: the client waits for its own answer.
async fn drop_lost(storage: &Storage, key: &str) {
    let left = match timeout(DROPPING, storage.delete(Path::new(key))).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(reason = left, key, "the file of a broken upload may be left");
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
            let message = format!("A file may have at most {} bytes.", self.limit);
            return Err(self.fail(AppError::new(Code::PayloadTooLarge).saying(message)));
        }
        if self.size > self.room {
            return Err(self.fail(no_room()));
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

fn no_room() -> AppError {
    AppError::new(Code::PayloadTooLarge).saying("There is not enough room left for this file: delete others first.")
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
