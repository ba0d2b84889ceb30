//! Compares the migrations of the database with those of this binary.

use std::sync::Arc;

use migration::{DbErr, Migrator, MigratorTrait};
use parking_lot::RwLock;
use sea_orm::DatabaseConnection;

/// Migrations of the database, compared with those of this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MigrationStatus {
    /// Not checked yet. Requests are rejected as for missing migrations.
    #[default]
    NotChecked,
    Current,
    /// The number of migrations that have not been run.
    Pending(usize),
    /// A newer version has migrated the database.
    Unknown,
}

impl MigrationStatus {
    /// Reads which migrations have been run, without any change.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        match Migrator::get_pending_migrations_read_only(db).await {
            Ok(pending) if pending.is_empty() => Ok(Self::Current),
            Ok(pending) => Ok(Self::Pending(pending.len())),
            // sea-orm-migration reports an unknown migration as a custom error, and nothing else.
            Err(DbErr::Custom(_)) => Ok(Self::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Returns the reason that the health response contains, or `None` if the migrations are complete.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::NotChecked | Self::Pending(_) => Some("migrations_pending"),
            Self::Unknown => Some("migrations_unknown"),
        }
    }

    /// Returns what the operator has to do.
    #[must_use]
    pub fn advice(self) -> String {
        match self {
            Self::Current => "the migrations are complete".to_owned(),
            Self::NotChecked => "the migrations have not been checked yet".to_owned(),
            Self::Pending(count) => format!("the database lacks {count} migrations: run `db migrate`"),
            Self::Unknown => "the database was migrated by a newer version: start that version, or revert its \
                              migrations with its `db down`"
                .to_owned(),
        }
    }
}

/// The newest migration status. Requests and jobs wait until it is `Current`. Clones share the status.
///
/// `Current` is final: a newer version that migrates meanwhile is a rolling upgrade, whose migrations keep what this
/// version needs.
#[derive(Debug, Clone, Default)]
pub struct MigrationGuard(Arc<RwLock<MigrationStatus>>);

impl MigrationGuard {
    /// Returns the newest status.
    #[must_use]
    pub fn status(&self) -> MigrationStatus {
        *self.0.read()
    }

    /// Returns whether tables may be used.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status() == MigrationStatus::Current
    }

    /// Stores a newer status.
    pub fn update(&self, status: MigrationStatus) {
        *self.0.write() = status;
    }
}
