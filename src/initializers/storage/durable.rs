//! A folder as a store in which a file is either whole or not there, even after a power cut.
//!
//! Loco's own driver writes in place and leaves a half-written file where a stream breaks off.
//! Here: write beside, fsync, rename, fsync the folder (R. Pillai et al., "All File Systems Are Not
//! Created Equal", OSDI 2014). Reading and removing are Loco's.

use std::{
    io,
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
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};
use uuid::Uuid;

/// Where files lie while they are written; what nobody writes any more goes at the start.
const PARTIAL: &str = ".partial";

pub struct DurableFolder {
    root: PathBuf,
    inner: Box<dyn StoreDriver>,
}

impl DurableFolder {
    pub async fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join(PARTIAL)).await?;
        // Absolute: a relative folder of one part has no folder above it that could be named.
        let root = fs::canonicalize(root).await?;
        sweep(&root.join(PARTIAL))?;
        let inner = local::new_with_prefix(&root).map_err(io::Error::other)?;
        Ok(Self { root, inner })
    }

    /// Returns the absolute path of the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    async fn write(&self, path: &Path, stream: BytesStream) -> io::Result<()> {
        let target = self.root.join(path);
        let folder = target.parent().unwrap_or(&self.root).to_owned();
        fs::create_dir_all(&folder).await?;
        let partial = Partial(self.root.join(PARTIAL).join(Uuid::now_v7().simple().to_string()));
        // Open, and so locked, until it has its name.
        let written = pour(&partial.0, stream).await?;
        fs::rename(&partial.0, &target).await?;
        drop(written);
        // The name itself is data of the folder, and of the folder above if this one is new.
        sync_folder(&folder).await?;
        sync_folder(folder.parent().unwrap_or(&self.root)).await
    }
}

/// Removes what was written so far when the writer stops early, for whatever reason.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // After the rename there is nothing at this path any more, which is as it should be.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn pour(path: &Path, mut stream: BytesStream) -> io::Result<File> {
    let new = path.to_owned();
    let mut file = File::from_std(tokio::task::spawn_blocking(move || create_locked(&new)).await??);
    while let Some(chunk) = stream.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(file)
}

/// A new file whose lock is held until it is closed, which a killed process does too: `sweep` spares
/// what is locked. No sweep of another process comes between the two steps.
fn create_locked(path: &Path) -> io::Result<std::fs::File> {
    let folder = std::fs::File::open(path.parent().unwrap_or(Path::new(".")))?;
    folder.lock_shared()?;
    let file = std::fs::File::create_new(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Removes the files that no living process writes.
fn sweep(partial: &Path) -> io::Result<()> {
    let folder = std::fs::File::open(partial)?;
    folder.lock()?;
    for entry in std::fs::read_dir(partial)? {
        let path = entry?.path();
        if std::fs::File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            match std::fs::remove_file(path) {
                // Its writer came to its end in the meantime.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

fn failure(error: io::Error) -> StorageError {
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
        self.write(path, stream).await.map_err(failure)?;
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
mod tests {
    use super::*;

    fn stream(chunks: Vec<io::Result<Bytes>>) -> BytesStream {
        BytesStream::from_body_stream(futures_util::stream::iter(chunks))
    }

    #[tokio::test]
    async fn a_stream_that_breaks_off_leaves_no_file_whole_or_partial() {
        let folder = tempfile::tempdir().unwrap();
        let store = DurableFolder::open(folder.path()).await.unwrap();
        let broken = stream(vec![Ok(Bytes::from_static(b"half")), Err(io::Error::other("gone"))]);
        assert!(store.upload_stream(Path::new("a/b"), broken).await.is_err());
        assert!(!store.exists(Path::new("a/b")).await.unwrap());
        assert_eq!(std::fs::read_dir(folder.path().join(PARTIAL)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_a_killed_process_left_half_written_is_gone_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(PARTIAL)).unwrap();
        std::fs::write(folder.path().join(PARTIAL).join("left"), b"half").unwrap();
        DurableFolder::open(folder.path()).await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join(PARTIAL)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_another_process_is_writing_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(PARTIAL)).unwrap();
        let written = std::fs::File::create(folder.path().join(PARTIAL).join("written")).unwrap();
        written.lock().unwrap();
        DurableFolder::open(folder.path()).await.unwrap();
        assert!(folder.path().join(PARTIAL).join("written").exists());
    }

    #[tokio::test]
    async fn a_stored_file_reads_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = DurableFolder::open(folder.path()).await.unwrap();
        store
            .upload_stream(
                Path::new("a/b"),
                stream(vec![Ok(Bytes::from_static(b"one")), Ok(Bytes::from_static(b"two"))]),
            )
            .await
            .unwrap();
        assert_eq!(store.get(Path::new("a/b")).await.unwrap().bytes().await.unwrap(), "onetwo");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn processes_that_start_over_one_folder_at_once_spare_each_other_s_files() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..100 {
            let starts = (0..8).map(|_| {
                let root = folder.path().to_owned();
                tokio::task::spawn_blocking(move || {
                    tokio::runtime::Handle::current().block_on(async {
                        let store = DurableFolder::open(&root).await.unwrap();
                        store.upload(Path::new("mark"), &Bytes::from_static(b"one")).await.unwrap();
                    });
                })
            });
            for start in futures_util::future::join_all(starts).await {
                start.unwrap();
            }
        }
    }
}
