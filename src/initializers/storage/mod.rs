//! Opens the store of `STORAGE_URL`: a folder or an S3 bucket.

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
    settings::{self, StorageLocation},
};

/// Content of the marker file.
const MARKER: &[u8] = b"This store belongs to Ballast.\n";

/// Opens the store for uploads and PDFs, and writes the marker file. First removes incomplete files of killed processes
/// if the store is a folder.
///
/// # Errors
/// Returns an error if the folder cannot be created or written, or if the bucket rejects the marker file.
pub async fn open(settings: &settings::Storage) -> Result<(Arc<Storage>, FileReader)> {
    let (driver, reader, location) = driver(settings).await?;
    let storage = Storage::single(driver);
    let marker = Path::new(settings::Storage::MARKER_FILE);
    storage.upload(marker, &Bytes::from_static(MARKER)).await.map_err(|error| unusable(&location, reason(&error)))?;
    Ok((Arc::new(storage), reader))
}

/// Returns the driver, the reader and a description of the location.
async fn driver(settings: &settings::Storage) -> Result<(Box<dyn StoreDriver>, FileReader, String)> {
    match settings.location().map_err(Error::Message)? {
        StorageLocation::Folder(folder) => {
            let location = format!("the folder {folder}");
            let opened = local_disk::DurableFolder::open(Path::new(&folder)).await;
            let opened = opened.map_err(|error| unusable(&location, error))?;
            let files = Operator::new(Fs::default().root(&opened.root().display().to_string()));
            let reader = FileReader::new(files.map_err(|error| unusable(&location, error))?);
            Ok((Box::new(opened), reader, location))
        }
        StorageLocation::Bucket(bucket) => {
            let location = format!("the bucket {}", bucket.name);
            let opened = s3::open(&bucket, &settings.aws).map_err(|error| unusable(&location, reason(&error)))?;
            let (driver, reader) = opened;
            Ok((driver, reader, location))
        }
    }
}

fn unusable(location: &str, error: impl Display) -> Error {
    let fix = "make it writable or set STORAGE_URL to another location";
    Error::Message(format!("STORAGE_URL: {location} cannot be used ({error}): {fix}"))
}

/// Returns the text of a storage error. For a bucket, returns only the error kind, because the text contains all
/// headers.
fn reason(error: &StorageError) -> String {
    match error {
        StorageError::Store(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}
