//! Opens the store that `STORAGE_URL` names.

mod bucket;
mod durable;

use std::{fmt::Display, path::Path, sync::Arc};

use bytes::Bytes;
use loco_rs::{
    Error, Result,
    storage::{Storage, StorageError, drivers::StoreDriver},
};

use crate::settings::{self, Place};

const MARK: &[u8] = b"This store belongs to Ballast.\n";

/// The store for uploads and PDFs. What a killed process left half written is removed first.
///
/// # Errors
/// When the folder cannot be made or written, or the bucket does not take a file.
pub async fn open(settings: &settings::Storage) -> Result<Arc<Storage>> {
    let (driver, place) = driver(settings).await?;
    let storage = Storage::single(driver);
    let mark = Path::new(settings::Storage::MARK);
    storage.upload(mark, &Bytes::from_static(MARK)).await.map_err(|error| unusable(&place, reason(&error)))?;
    Ok(Arc::new(storage))
}

async fn driver(settings: &settings::Storage) -> Result<(Box<dyn StoreDriver>, String)> {
    match settings.place().map_err(Error::Message)? {
        Place::Folder(folder) => {
            let place = format!("the folder {folder}");
            let opened = durable::DurableFolder::open(Path::new(&folder)).await;
            Ok((Box::new(opened.map_err(|error| unusable(&place, error))?), place))
        }
        Place::Bucket(named) => {
            let place = format!("the bucket {}", named.name);
            let opened = bucket::open(&named, &settings.aws).map_err(|error| unusable(&place, reason(&error)))?;
            Ok((opened, place))
        }
    }
}

fn unusable(place: &str, error: impl Display) -> Error {
    Error::Message(format!("STORAGE_URL: {place} cannot be used ({error}): make it writable or name another"))
}

/// A bucket's errors have a name; the rest of them is a page of headers.
fn reason(error: &StorageError) -> String {
    match error {
        StorageError::Store(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}
