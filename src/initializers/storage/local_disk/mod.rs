//! Store driver for a folder. A file is either complete or absent, even after a power failure.
//!
//! Loco's driver writes to the final file and leaves an incomplete file if a stream ends early. This driver writes a
//! partial file, fsyncs and renames the partial file, and fsyncs the folder (R. Pillai et al., "All File Systems Are
//! Not Created Equal", OSDI 2014). Reads and deletions use Loco's driver. Only the owner can read files and folders.

use std::{
    collections::HashSet,
    fs::{OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use loco_rs::storage::{
    StorageError, StorageResult,
    drivers::{GetResponse, ListEntry, StoreDriver, UploadResponse, local},
    stream::BytesStream,
};
use parking_lot::Mutex;
use tokio::{
    fs::{self, DirBuilder, File},
    io::AsyncWriteExt,
};
use uuid::Uuid;

/// Name of the folder for partial files. Abandoned partial files are removed at boot.
const PARTIAL: &str = ".partial";
/// Permissions of new files and folders. A umask can only remove permissions.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Store driver for a folder.
pub struct DurableFolder {
    root: PathBuf,
    /// Folders whose names survive a power failure, because this process has fsynced their parents.
    durable: Mutex<HashSet<PathBuf>>,
    inner: Box<dyn StoreDriver>,
}

impl DurableFolder {
    /// Opens a folder. Creates a missing folder, and removes abandoned partial files.
    pub async fn open(root: &Path) -> io::Result<Self> {
        let root = std::path::absolute(root)?;
        let missing = root.ancestors().take_while(|folder| !folder.exists()).count();
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(root.join(PARTIAL)).await?;
        let root = fs::canonicalize(root).await?;
        for parent in root.ancestors().skip(1).take(missing) {
            sync_folder(parent).await?;
        }
        close_to_others(&root).await;
        remove_abandoned(&root.join(PARTIAL))?;
        let inner = local::new_with_prefix(&root).map_err(io::Error::other)?;
        Ok(Self { root, durable: Mutex::default(), inner })
    }

    /// Creates a folder below the root, and its parents. Fsyncs the parent of each folder whose name may not be durable
    /// yet. Another writer or a killed process may have created such a folder without fsync. Returns the fsynced
    /// parents.
    async fn create_folder(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let below = folder.ancestors().take_while(|folder| *folder != self.root);
        let mut synced = Vec::new();
        for folder in below.collect::<Vec<_>>().into_iter().rev() {
            let known = self.durable.lock().contains(folder);
            let created = create_one(folder).await?;
            if known && !created {
                continue;
            }
            let parent = folder.parent().unwrap_or(&self.root);
            sync_folder(parent).await?;
            self.durable.lock().insert(folder.to_owned());
            synced.push(parent.to_owned());
        }
        Ok(synced)
    }

    /// Returns the absolute path of the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    async fn write(&self, path: &Path, stream: BytesStream) -> io::Result<()> {
        let target = self.root.join(path);
        let folder = target.parent().unwrap_or(&self.root).to_owned();
        self.create_folder(&folder).await?;
        let partial = Partial(self.root.join(PARTIAL).join(Uuid::now_v7().simple().to_string()));
        // The file stays open until the rename, because closing the file would release the lock.
        let written = copy_stream(&partial.0, stream).await?;
        fs::rename(&partial.0, &target).await?;
        drop(written);
        // Fsyncs the folder, because the folder contains the name of the file.
        sync_folder(&folder).await
    }
}

/// Path of a partial file. Dropping this value removes the file.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Ignores the error after a rename, because the path no longer exists.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes a stream to a new, locked file and fsyncs the file.
async fn copy_stream(path: &Path, mut stream: BytesStream) -> io::Result<File> {
    let new = path.to_owned();
    let mut file = File::from_std(tokio::task::spawn_blocking(move || create_locked(&new)).await??);
    while let Some(chunk) = stream.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(file)
}

/// Creates a file and locks the file until the file is closed. The kernel closes the files of a killed process. The
/// lock of the folder prevents another process from running `remove_abandoned` between the creation and the lock of the
/// file.
fn create_locked(path: &Path) -> io::Result<std::fs::File> {
    let folder = std::fs::File::open(path.parent().unwrap_or(Path::new(".")))?;
    folder.lock_shared()?;
    let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Removes abandoned partial files. A file without a lock is abandoned, because a running writer locks its file.
fn remove_abandoned(partial: &Path) -> io::Result<()> {
    let folder = std::fs::File::open(partial)?;
    folder.lock()?;
    for entry in std::fs::read_dir(partial)? {
        let path = entry?.path();
        if std::fs::File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            match std::fs::remove_file(path) {
                // The file is missing if its writer has finished in the meantime.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Creates a folder. Returns whether the folder is new.
async fn create_one(folder: &Path) -> io::Result<bool> {
    match DirBuilder::new().mode(FOLDER_MODE).create(folder).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the permissions of other users from an existing folder. Ignores errors, because a mounted volume may belong
/// to another user. Does not change a sticky folder such as `/tmp`, because other programs need the folder.
async fn close_to_others(folder: &Path) {
    let Ok(found) = fs::metadata(folder).await else { return };
    let mode = found.permissions().mode();
    if mode & 0o077 != 0 && mode & 0o1000 == 0 {
        let _ = fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)).await;
    }
}

async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

fn storage_error(error: io::Error) -> StorageError {
    StorageError::Any(Box::new(error))
}

#[async_trait]
impl StoreDriver for DurableFolder {
    async fn upload(&self, path: &Path, content: &Bytes) -> StorageResult<UploadResponse> {
        let content = content.clone();
        self.upload_stream(path, BytesStream::from_body_stream(futures_util::stream::once(async move { Ok(content) })))
            .await
    }

    async fn upload_stream(&self, path: &Path, stream: BytesStream) -> StorageResult<UploadResponse> {
        self.write(path, stream).await.map_err(storage_error)?;
        Ok(UploadResponse::new(None, None))
    }

    async fn get(&self, path: &Path) -> StorageResult<GetResponse> {
        self.inner.get(path).await
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

#[cfg(test)]
mod tests;
