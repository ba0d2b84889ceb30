//! Compares the migrations of the database with the migrations of this binary.

use std::sync::Arc;

use migration::{DbErr, Migrator, MigratorTrait};
use parking_lot::RwLock;
use sea_orm::DatabaseConnection;

/// Result of comparing the migrations of the database with the migrations of this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MigrationStatus {
    /// The migrations have not been checked yet. Requests are rejected.
    #[default]
    NotChecked,
    Current,
    /// Some migrations have not been run. Contains the number of these migrations.
    Pending(usize),
    /// The database contains a migration that this binary does not contain. A newer version has migrated the database.
    Unknown,
}

impl MigrationStatus {
    /// Reads which migrations have been run. Changes nothing.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        match Migrator::get_pending_migrations_read_only(db).await {
            Ok(pending) if pending.is_empty() => Ok(Self::Current),
            Ok(pending) => Ok(Self::Pending(pending.len())),
            // sea-orm-migration returns a custom error here only if the database contains an unknown migration.
            Err(DbErr::Custom(_)) => Ok(Self::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Returns the code of the failure in the health response, or `None` if the migrations are complete.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::NotChecked | Self::Pending(_) => Some("migrations_pending"),
            Self::Unknown => Some("migrations_unknown"),
        }
    }

    /// Returns a description of the status and the action that the operator must take, if any.
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

/// Shared migration status. Until the status is `Current`, requests are rejected with 503 and jobs wait. Clones share
/// the status.
///
/// The status `Current` is final. During a rolling upgrade, a newer version may run migrations. These migrations keep
/// everything that this version needs.
#[derive(Debug, Clone, Default)]
pub struct MigrationGuard(Arc<RwLock<MigrationStatus>>);

impl MigrationGuard {
    /// Returns the newest status.
    #[must_use]
    pub fn status(&self) -> MigrationStatus {
        *self.0.read()
    }

    /// Returns whether the migrations are complete, so that tables may be used.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status() == MigrationStatus::Current
    }

    /// Stores a newer status.
    pub fn update(&self, status: MigrationStatus) {
        *self.0.write() = status;
    }
}
