//! Detects commits of all processes to an SQLite database, without a query.
//!
//! Each commit changes the header of the WAL index, which is the file `-shm` beside the database
//! (<https://www.sqlite.org/walformat.html>, section 2.1). If the header has not changed since a query, the same query
//! would return the same rows. A read of the header is one system call, whereas a query needs the thread of a connection.

use std::{
    fs::File,
    mem::ManuallyDrop,
    os::unix::fs::{FileExt, MetadataExt},
    path::PathBuf,
    sync::Arc,
};

use parking_lot::RwLock;
use sea_orm::{DatabaseConnection, DbBackend};

/// Size of the header in bytes. The header contains a commit counter and checksums.
const HEADER_BYTES: usize = 48;

/// Version of the database. Two equal versions mean that no commit happened in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitVersion([u8; HEADER_BYTES]);

/// Reads the version of an SQLite database. Clones share the open file.
#[derive(Debug, Clone)]
pub struct CommitVersions(Arc<WalIndex>);

#[derive(Debug)]
struct WalIndex {
    path: PathBuf,
    /// The open file. Never closed, because the operating system would then release all locks that SQLite holds on the
    /// file in this process (POSIX advisory locks).
    file: RwLock<Option<Arc<ManuallyDrop<File>>>>,
}

impl CommitVersions {
    /// Returns `None` if the database is not SQLite.
    #[must_use]
    pub fn of(connection: &DatabaseConnection) -> Option<Self> {
        if connection.get_database_backend() != DbBackend::Sqlite {
            return None;
        }
        let options = connection.get_sqlite_connection_pool().connect_options();
        let mut path = options.get_filename().to_owned().into_os_string();
        path.push("-shm");
        Some(Self(Arc::new(WalIndex { path: path.into(), file: RwLock::default() })))
    }

    /// Returns the current version, or `None` if the file does not exist, for example because the database is in memory.
    #[must_use]
    pub fn current(&self) -> Option<CommitVersion> {
        let open = self.0.file.read().clone();
        open.and_then(|file| version(&file)).or_else(|| self.reopen())
    }

    /// Opens the current file, and returns its version. The previous file has been deleted if all connections of all
    /// processes were closed.
    fn reopen(&self) -> Option<CommitVersion> {
        let file = Arc::new(ManuallyDrop::new(File::open(&self.0.path).ok()?));
        *self.0.file.write() = Some(Arc::clone(&file));
        version(&file)
    }
}

/// Returns `None` if the file is too short or deleted. The version of a deleted file does not change.
fn version(file: &File) -> Option<CommitVersion> {
    let mut header = [0; HEADER_BYTES];
    file.read_exact_at(&mut header, 0).ok()?;
    // Checks for the deletion after the read, because the file may be deleted before the read.
    let is_current = file.metadata().is_ok_and(|file| file.nlink() > 0);
    is_current.then_some(CommitVersion(header))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};

    use super::*;

    async fn open(folder: &tempfile::TempDir) -> DatabaseConnection {
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", folder.path().join("db").display()));
        options.max_connections(1).map_sqlx_sqlite_opts(|sqlite| sqlite.pragma("journal_mode", "WAL"));
        Database::connect(options).await.unwrap()
    }

    async fn execute(connection: &DatabaseConnection, sql: &str) {
        connection.execute_unprepared(sql).await.unwrap();
    }

    #[tokio::test]
    async fn version_changes_with_each_commit_of_any_connection_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (open(&folder).await, open(&folder).await);
        execute(&ours, "CREATE TABLE notes (text TEXT)").await;
        let versions = CommitVersions::of(&ours).unwrap();
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
        assert_ne!(versions.current(), Some(previous));
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "tests a database without connections")]
    async fn version_changes_with_a_commit_after_all_connections_were_closed() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(&folder).await;
        execute(&first, "CREATE TABLE notes (text TEXT)").await;
        let versions = CommitVersions::of(&first).unwrap();
        let before = versions.current().unwrap();
        first.close().await.unwrap();
        assert_eq!(versions.current(), None);
        let second = open(&folder).await;
        execute(&second, "INSERT INTO notes VALUES ('rain')").await;
        assert!(versions.current().is_some_and(|now| now != before));
    }

    #[tokio::test]
    async fn database_in_memory_has_no_version() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        assert_eq!(CommitVersions::of(&connection).unwrap().current(), None);
    }
}
