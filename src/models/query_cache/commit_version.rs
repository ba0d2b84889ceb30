//! Detects commits of all processes to an SQLite database, without a query.
//!
//! Each commit changes the header of the WAL index, which is the file `-shm` beside the database
//! (<https://www.sqlite.org/walformat.html>, section 2.1). If the header has not changed since a query, the same query
//! would return the same rows. A read of the header is one system call, whereas a query needs the thread of a connection.

use std::{
    fs::{File, Metadata, canonicalize, metadata},
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::RwLock;
use sea_orm::{DatabaseConnection, DbBackend};

/// Size of the header in bytes. The header contains a commit counter, salts and a checksum of the newest commit.
const HEADER_BYTES: usize = 48;
/// Position of `isInit`, which is 0 before the header is complete.
const IS_INITIALIZED: usize = 12;
/// Position of `mxFrame`, which is 0 if the write-ahead log contains no commit.
const NEWEST_FRAME: Range<usize> = 16..20;

/// Version of the database. Two equal versions mean that no commit happened between the two reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitVersion([u8; HEADER_BYTES]);

/// Reads the version of an SQLite database. Clones share the open file.
#[derive(Debug, Clone)]
pub struct CommitVersions(Arc<WalIndex>);

#[derive(Debug)]
struct WalIndex {
    path: PathBuf,
    file: RwLock<Option<OpenFile>>,
}

/// The open file `-shm`.
#[derive(Debug)]
struct OpenFile {
    /// `None` only during the drop.
    file: Option<File>,
    /// Device and inode.
    identity: (u64, u64),
}

impl CommitVersions {
    /// Returns `None` if the database is not a file of SQLite.
    #[must_use]
    pub fn of(connection: &DatabaseConnection) -> Option<Self> {
        if connection.get_database_backend() != DbBackend::Sqlite {
            return None;
        }
        let options = connection.get_sqlite_connection_pool().connect_options();
        // SQLite follows symbolic links, and creates `-shm` beside the real file.
        let mut path = canonicalize(options.get_filename()).ok()?.into_os_string();
        path.push("-shm");
        Some(Self(Arc::new(WalIndex { path: path.into(), file: RwLock::default() })))
    }

    /// Returns the current version. Returns `None` if the write-ahead log does not exist or contains no commit. The header
    /// of an empty log is the same after each start, and therefore does not identify the newest commit.
    #[must_use]
    pub fn current(&self) -> Option<CommitVersion> {
        let WalIndex { path, file } = &*self.0;
        if let Some(header) = file.read().as_ref().and_then(|open| open.header(path)) {
            return version(header);
        }
        // The file was deleted, because all connections of all processes were closed.
        let mut slot = file.write();
        if slot.as_ref().is_none_or(|open| !open.is_at(path)) {
            *slot = OpenFile::open(path);
        }
        version(slot.as_ref()?.header(path)?)
    }
}

impl OpenFile {
    fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut open = Self { file: Some(file), identity: (0, 0) };
        open.identity = identity(&open.file.as_ref()?.metadata().ok()?);
        Some(open)
    }

    /// Returns whether the path still names this file.
    fn is_at(&self, path: &Path) -> bool {
        metadata(path).is_ok_and(|now| identity(&now) == self.identity)
    }

    /// Returns the header. The header is zero if the file is too short. Returns `None` if the path names another file.
    fn header(&self, path: &Path) -> Option<[u8; HEADER_BYTES]> {
        let mut header = [0; HEADER_BYTES];
        if self.file.as_ref()?.read_exact_at(&mut header, 0).is_err() {
            header = [0; HEADER_BYTES];
        }
        // Checks the file after the read, because the file may be replaced before the read.
        self.is_at(path).then_some(header)
    }
}

impl Drop for OpenFile {
    /// Closes the file only if the file is deleted. Otherwise, SQLite may hold locks on the file, and the close would
    /// release all locks of this process (POSIX advisory locks). SQLite deletes the file with the last connection.
    fn drop(&mut self) {
        let file = self.file.take();
        let is_deleted = file.as_ref().is_some_and(|file| file.metadata().is_ok_and(|file| file.nlink() == 0));
        if !is_deleted {
            std::mem::forget(file);
        }
    }
}

/// Returns the version, or `None` if the header does not identify the newest commit.
fn version(header: [u8; HEADER_BYTES]) -> Option<CommitVersion> {
    let identifies_commit = header[IS_INITIALIZED] != 0 && header[NEWEST_FRAME] != [0; 4];
    identifies_commit.then_some(CommitVersion(header))
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};
    use tempfile::TempDir;

    use super::*;

    async fn open_at(path: &Path) -> DatabaseConnection {
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options.max_connections(1).map_sqlx_sqlite_opts(|sqlite| sqlite.pragma("journal_mode", "WAL"));
        Database::connect(options).await.unwrap()
    }

    async fn open(folder: &TempDir) -> DatabaseConnection {
        open_at(&folder.path().join("db")).await
    }

    async fn execute(connection: &DatabaseConnection, sql: &str) {
        connection.execute_unprepared(sql).await.unwrap();
    }

    /// Opens a database with one commit.
    async fn open_with_table(folder: &TempDir) -> (DatabaseConnection, CommitVersions) {
        let connection = open(folder).await;
        execute(&connection, "CREATE TABLE notes (text TEXT)").await;
        let versions = CommitVersions::of(&connection).unwrap();
        (connection, versions)
    }

    #[tokio::test]
    async fn version_changes_only_when_a_connection_commits() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, versions) = open_with_table(&folder).await;
        let other = open(&folder).await;
        let mut previous = versions.current().unwrap();
        for writer in [&ours, &other, &ours] {
            execute(&ours, "SELECT * FROM notes").await;
            execute(&other, "BEGIN; INSERT INTO notes VALUES ('lost'); ROLLBACK").await;
            assert_eq!(versions.current(), Some(previous));
            execute(writer, "INSERT INTO notes VALUES ('rain')").await;
            assert_ne!(versions.current(), Some(previous));
            previous = versions.current().unwrap();
        }
        execute(&ours, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        execute(&other, "INSERT INTO notes VALUES ('wind')").await;
        assert!(versions.current().is_some_and(|now| now != previous));
    }

    /// The header of an empty log is always the same, even if commits happened since the previous start.
    #[tokio::test]
    async fn empty_log_has_no_version() {
        let folder = tempfile::tempdir().unwrap();
        let (first, versions) = open_with_table(&folder).await;
        close(first).await;
        assert_eq!(versions.current(), None);
        for _ in 0..2 {
            let next = open(&folder).await;
            execute(&next, "SELECT * FROM notes").await;
            assert_eq!(versions.current(), None);
            execute(&next, "INSERT INTO notes VALUES ('rain')").await;
            assert!(versions.current().is_some());
            execute(&next, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            close(next).await;
        }
    }

    #[tokio::test]
    async fn version_is_read_beside_the_real_file_when_the_path_is_a_symbolic_link() {
        let (folder, links) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (_ours, versions) = open_with_table(&folder).await;
        let link = links.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("db"), &link).unwrap();
        let linked = open_at(&link).await;
        execute(&linked, "SELECT * FROM notes").await;
        assert_eq!(CommitVersions::of(&linked).unwrap().current(), versions.current());
        assert!(versions.current().is_some());
    }

    #[tokio::test]
    async fn replaced_file_is_opened_again_and_a_deleted_file_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (first, versions) = open_with_table(&folder).await;
        let descriptors = || {
            std::fs::read_dir("/proc/self/fd")
                .unwrap()
                .filter(|entry| {
                    let target = entry.as_ref().unwrap().path().read_link().unwrap_or_default();
                    target.starts_with(folder.path()) && target.to_string_lossy().ends_with("-shm (deleted)")
                })
                .count()
        };
        let before = versions.current().unwrap();
        close(first).await;
        let second = open(&folder).await;
        execute(&second, "INSERT INTO notes VALUES ('rain')").await;
        assert!(versions.current().is_some_and(|now| now != before));
        assert_eq!(descriptors(), 0);
    }

    #[tokio::test]
    async fn database_in_memory_has_no_version() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        assert!(CommitVersions::of(&connection).is_none());
    }

    #[expect(clippy::disallowed_methods, reason = "tests a database without connections")]
    async fn close(connection: DatabaseConnection) {
        connection.close().await.unwrap();
    }
}
