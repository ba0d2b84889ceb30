//! PostgreSQL database on a file system of a few MiB.

use std::{
    fs::metadata,
    os::unix::fs::{MetadataExt, chown},
};

use ballast::app::App;
use loco_rs::{app::Hooks, environment::Environment};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

use super::{database::execute_on, small_disk::SmallDisk};

/// Tablespace with one database. Dropping the value deletes both.
pub struct SmallTablespace {
    pub uri: String,
    pub disk: SmallDisk,
    server: String,
    name: String,
}

impl SmallTablespace {
    /// Creates a tablespace with this size in MiB on the PostgreSQL server of the tests.
    ///
    /// Returns `None` if the tests use SQLite, if the server runs on another machine, or if the user cannot mount.
    pub async fn create(mebibytes: u32) -> Option<Self> {
        let server = App::load_config(&Environment::Test).await.unwrap().database.uri;
        if server.starts_with("sqlite") {
            return None;
        }
        let connection = Database::connect(&server).await.unwrap();
        let owner = metadata(data_directory(&connection).await?).ok()?;
        let disk = SmallDisk::mount(mebibytes)?;
        chown(disk.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
        let name = format!("ballast_test_{}", Uuid::now_v7().simple());
        for statement in [
            format!("CREATE TABLESPACE {name} LOCATION '{}'", disk.path().display()),
            format!("CREATE DATABASE {name} TABLESPACE {name}"),
        ] {
            connection.execute_unprepared(&statement).await.unwrap();
        }
        let uri = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Some(Self { uri, disk, server, name })
    }
}

/// Returns the data directory of the server, or `None` if the user may not read the setting.
async fn data_directory(server: &DatabaseConnection) -> Option<String> {
    let query = "SELECT setting FROM pg_settings WHERE name = 'data_directory'";
    let row = server.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await.unwrap()?;
    Some(row.try_get_by_index(0).unwrap())
}

impl Drop for SmallTablespace {
    fn drop(&mut self) {
        let name = &self.name;
        let statements =
            [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("DROP TABLESPACE IF EXISTS {name}")];
        execute_on(self.server.clone(), statements.to_vec());
    }
}
