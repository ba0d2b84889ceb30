//! Opens the store that `STORAGE_URL` names.

mod local_disk;
mod s3;

use std::{fmt::Display, path::Path, sync::Arc};

use bytes::Bytes;
use loco_rs::{
    Error, Result,
    storage::{Storage, StorageError, drivers::StoreDriver},
};

use opendal::{Operator, services::Fs};

use crate::{
    models::file_reader::FileReader,
    settings::{self, Place},
};

const MARK: &[u8] = b"This store belongs to Ballast.\n";

/// Opens the store for uploads and PDFs. What a killed process left half written is removed first.
///
/// # Errors
/// When the folder cannot be made or written, or the bucket does not take a file.
pub async fn open(settings: &settings::Storage) -> Result<(Arc<Storage>, FileReader)> {
    let (driver, reader, place) = driver(settings).await?;
    let storage = Storage::single(driver);
    let mark = Path::new(settings::Storage::MARK);
    storage.upload(mark, &Bytes::from_static(MARK)).await.map_err(|error| unusable(&place, reason(&error)))?;
    Ok((Arc::new(storage), reader))
}

async fn driver(settings: &settings::Storage) -> Result<(Box<dyn StoreDriver>, FileReader, String)> {
    match settings.place().map_err(Error::Message)? {
        Place::Folder(folder) => {
            let place = format!("the folder {folder}");
            let opened = local_disk::DurableFolder::open(Path::new(&folder)).await;
            let opened = opened.map_err(|error| unusable(&place, error))?;
            let files = Operator::new(Fs::default().root(&opened.root().display().to_string()));
            let reader = FileReader::new(files.map_err(|error| unusable(&place, error))?);
            Ok((Box::new(opened), reader, place))
        }
        Place::Bucket(named) => {
            let place = format!("the bucket {}", named.name);
            let opened = s3::open(&named, &settings.aws).map_err(|error| unusable(&place, reason(&error)))?;
            let (driver, reader) = opened;
            Ok((driver, reader, place))
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
