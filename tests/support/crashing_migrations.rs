//! Migrations that abort the process in the middle, with the effect of `kill -9`.

use async_trait::async_trait;
use migration::{
    DbErr, IntoSchemaManagerConnection, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, Steps, exclusive,
};

/// Runs migrations as the application does, but aborts the process in one migration. The environment variable
/// `CRASH_AT_MIGRATION` contains the number of this migration.
pub struct CrashingMigrator;

/// Migration that aborts the process after its changes, before the migration is recorded as applied.
struct CrashingMigration(Box<dyn MigrationTrait>);

impl MigrationName for CrashingMigration {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait]
impl MigrationTrait for CrashingMigration {
    fn use_transaction(&self) -> Option<bool> {
        self.0.use_transaction()
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await?;
        std::process::abort();
    }
}

#[allow(clippy::disallowed_methods, reason = "an injected fault is not a setting")]
fn crash_number() -> Option<usize> {
    std::env::var("CRASH_AT_MIGRATION").ok()?.parse().ok()
}

struct CrashingSteps;

impl MigratorTrait for CrashingSteps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let crash_at = crash_number();
        let crashing = |(number, migration): (usize, Box<dyn MigrationTrait>)| -> Box<dyn MigrationTrait> {
            if Some(number + 1) == crash_at { Box::new(CrashingMigration(migration)) } else { migration }
        };
        Steps::migrations().into_iter().enumerate().map(crashing).collect()
    }
}

#[async_trait]
impl MigratorTrait for CrashingMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Steps::migrations()
    }

    async fn up<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        exclusive::up::<CrashingSteps, C>(db, steps).await
    }
}
