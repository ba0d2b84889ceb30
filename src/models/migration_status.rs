//! Whether the database has the schema that this binary was built for.

use std::sync::Arc;

use migration::{DbErr, Migrator, MigratorTrait};
use parking_lot::RwLock;
use sea_orm::DatabaseConnection;

/// How the database's schema stands to this binary's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Schema {
    #[default]
    Current,
    /// So many migrations have not been run.
    Pending(usize),
    /// A newer version has migrated it.
    Unknown,
}

impl Schema {
    /// Reads which migrations have been run, without changing anything.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(db: &DatabaseConnection) -> Result<Self, DbErr> {
        match Migrator::get_pending_migrations_read_only(db).await {
            Ok(pending) if pending.is_empty() => Ok(Self::Current),
            Ok(pending) => Ok(Self::Pending(pending.len())),
            // The one thing that sea-orm-migration says in its own words.
            Err(DbErr::Custom(_)) => Ok(Self::Unknown),
            Err(error) => Err(error),
        }
    }

    /// What health calls it; nothing when there is nothing to say.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::Pending(_) => Some("migrations_pending"),
            Self::Unknown => Some("migrations_unknown"),
        }
    }

    /// What an operator should do about it.
    #[must_use]
    pub fn advice(self) -> String {
        match self {
            Self::Current => "the schema is current".to_owned(),
            Self::Pending(count) => format!("the database lacks {count} migrations: run `db migrate`"),
            Self::Unknown => "the database was migrated by a newer version: start that version, or take its \
                              migrations back with its `db down`"
                .to_owned(),
        }
    }
}

/// What was found out about the schema last, for everybody who must not touch another one.
///
/// Once current it stays so: a newer version that migrates while this one serves is a rolling
/// upgrade, and its migrations keep what this version needs.
#[derive(Debug, Clone, Default)]
pub struct SchemaGate(Arc<RwLock<Schema>>);

impl SchemaGate {
    /// Closed until the schema is current.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        Self(Arc::new(RwLock::new(schema)))
    }

    /// How the schema stood when it was last looked at.
    #[must_use]
    pub fn schema(&self) -> Schema {
        *self.0.read()
    }

    /// Whether tables may be used.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.schema() == Schema::Current
    }

    /// Takes note of another look.
    pub fn update(&self, schema: Schema) {
        *self.0.write() = schema;
    }
}
