//! Opens the pool of database connections and applies the same options to each connection.

use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use loco_rs::{Error, Result, config};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::{self, Connection, sqlite::SqliteConnectOptions},
};
use tokio::time::timeout;

use crate::models::database::Deadline;

/// Maximum time that an SQLite writer waits until another writer has finished.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum duration of one statement. With PostgreSQL, the database server also cancels a longer statement.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Permissions of the file of an SQLite database. SQLite also applies these permissions to the `-wal` and `-shm` files.
const FILE_MODE: u32 = 0o600;

/// Restricts the files of an SQLite database to their owner. Creates a missing file if SQLite would create the file.
/// Changes the permissions of existing files. Ignores errors, because the later connection reports the errors.
pub fn close_to_others(uri: &str) {
    let Some((file, created)) = file(uri) else { return };
    if created {
        let _ = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&file);
    }
    for ending in ["", "-wal", "-shm"] {
        let mut path = file.clone().into_os_string();
        path.push(ending);
        if Path::new(&path).is_file() {
            let _ = fs::set_permissions(&path, Permissions::from_mode(FILE_MODE));
        }
    }
}

/// Returns the file of a writable SQLite database, and whether SQLite creates a missing file. Returns `None` for other
/// databases.
fn file(uri: &str) -> Option<(PathBuf, bool)> {
    if !uri.starts_with("sqlite:") {
        return None;
    }
    let options = SqliteConnectOptions::from_str(uri).ok()?;
    let (path, parameters) = uri.split_once('?').unwrap_or((uri, ""));
    let has = |name: &str, values: &[&str]| {
        form_urlencoded::parse(parameters.as_bytes()).any(|(key, value)| key == name && values.contains(&&*value))
    };
    let written = !path.ends_with(":memory:") && !has("mode", &["ro", "memory"]) && !has("immutable", &["1", "true"]);
    written.then(|| (options.get_filename().to_owned(), has("mode", &["rwc"])))
}

/// Opens a connection pool that replaces Loco's pool, because Loco configures only one connection of an SQLite pool.
///
/// # Errors
/// Returns an error if the database cannot be reached.
pub async fn open(config: &config::Database) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(&config.uri);
    options
        .max_connections(config.max_connections)
        .min_connections(config.min_connections)
        .acquire_timeout(Duration::from_millis(config.connect_timeout))
        .connect_timeout(Duration::from_millis(config.connect_timeout))
        .idle_timeout(Duration::from_millis(config.idle_timeout))
        .sqlx_logging(config.enable_logging)
        // Tests a connection that was idle for at least 5 seconds, because the connection may be broken. A connection
        // that was used more recently is not tested.
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_postgres_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .pragma("journal_mode", "WAL")
                // With a write-ahead log and `NORMAL`, a power failure would lose acknowledged commits.
                .pragma("synchronous", "FULL")
                .pragma("journal_size_limit", "67108864")
                .pragma("cache_size", "-2000")
        });
    if !config.uri.starts_with("sqlite") {
        options.statement_timeout(STATEMENT_TIMEOUT);
    }
    let connection = Database::connect(options).await?;
    if file(&config.uri).is_some() {
        check_journal(&connection).await?;
    }
    Ok(connection)
}

/// Checks that a database file has a write-ahead log. SQLite keeps its other journal if the file system has no shared
/// memory, such as a network file system. Cached sessions would then stay valid after their end.
async fn check_journal(connection: &DatabaseConnection) -> Result<()> {
    let mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(connection.get_sqlite_connection_pool());
    let mode: String = mode.await.map_err(|error| Error::Message(error.to_string()))?;
    if mode == "wal" {
        return Ok(());
    }
    let expected = "set DATABASE_URL to a file on a file system of this machine";
    Err(Error::Message(format!("SQLite has no write-ahead log here (journal mode `{mode}`): {expected}")))
}

/// Returns the maximum duration of a statement and the maximum wait for a connection.
#[must_use]
pub const fn deadline(config: &config::Database) -> Deadline {
    Deadline { statement: STATEMENT_TIMEOUT, acquire: Duration::from_millis(config.connect_timeout) }
}

/// Returns whether a connection has no open transaction. The pool closes a connection for which this function returns
/// `false`, for example after a failed commit. Then sqlx reports an open transaction that SQLite has already ended.
async fn is_clean(connection: &mut impl Connection) -> std::result::Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a dropped transaction is only queued. A ping executes the rollback.
        timeout(STATEMENT_TIMEOUT, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    }
    Ok(!connection.is_in_transaction())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn close_to_others_creates_the_file_as_the_connection_would_and_restricts_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (address, name) in [("new.sqlite?mode=rwc", "new.sqlite"), ("a%20b%3F.sqlite?mode=rwc", "a b?.sqlite")] {
            for scheme in ["sqlite://", "sqlite:"] {
                close_to_others(&format!("{scheme}{}/{address}", folder.path().display()));
                assert_eq!(mode(&at(name)), 0o600, "{scheme}{address}");
            }
        }
        for name in ["old.sqlite", "old.sqlite-wal", "old.sqlite-shm"] {
            fs::write(at(name), "").unwrap();
            fs::set_permissions(at(name), Permissions::from_mode(0o644)).unwrap();
        }
        let old = format!("sqlite://{}/old.sqlite", folder.path().display());
        for untouched in [format!("{old}?mode=ro"), format!("{old}?mode=memory"), format!("{old}?immutable=1")] {
            close_to_others(&untouched);
            assert_eq!(mode(&at("old.sqlite")), 0o644, "{untouched}");
        }
        close_to_others(&old);
        for name in ["old.sqlite", "old.sqlite-wal", "old.sqlite-shm"] {
            assert_eq!(mode(&at(name)), 0o600, "{name}");
        }
        close_to_others(&format!("sqlite://{}/missing.sqlite?mode=rw", folder.path().display()));
        close_to_others(&format!("sqlite://{}/missing/new.sqlite?mode=rwc", folder.path().display()));
        assert!(!at("missing.sqlite").exists() && !at("missing").exists());
    }

    #[tokio::test]
    async fn sqlite_plans_do_not_depend_on_bound_values() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        let query = sqlx::query_scalar("SELECT sqlite_compileoption_used('ENABLE_QPSG')");
        let used: bool = query.fetch_one(connection.get_sqlite_connection_pool()).await.unwrap();
        assert!(used, "SQLite was compiled without the options in .cargo/config.toml");
    }

    #[test]
    fn file_returns_none_for_databases_without_a_file() {
        for address in ["sqlite::memory:", "sqlite://:memory:", "sqlite://?mode=memory", "postgres://host/name"] {
            assert_eq!(file(address), None, "{address}");
        }
    }
}
