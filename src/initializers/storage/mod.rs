//! Opens the store that `STORAGE_URL` names.

mod durable;

use std::{fmt::Display, path::Path, sync::Arc};

use bytes::Bytes;
use loco_rs::{Error, Result, storage::Storage};

use crate::settings;

const MARK: &[u8] = b"This store belongs to Ballast.\n";

/// The store for uploads and PDFs. What a killed process left half written is removed first.
///
/// # Errors
/// When the folder cannot be made or written.
pub async fn open(settings: &settings::Storage) -> Result<Arc<Storage>> {
    let folder = settings.folder().ok_or_else(|| Error::string("STORAGE_URL must be file: and a folder"))?;
    let driver = durable::DurableFolder::open(Path::new(folder)).await.map_err(|error| unusable(folder, error))?;
    let storage = Storage::single(Box::new(driver));
    let mark = Path::new(settings::Storage::MARK);
    storage.upload(mark, &Bytes::from_static(MARK)).await.map_err(|error| unusable(folder, error))?;
    Ok(Arc::new(storage))
}

fn unusable(folder: &str, error: impl Display) -> Error {
    Error::Message(format!(
        "STORAGE_URL: the folder {folder} cannot be used ({error}): make it writable or name another"
    ))
}
