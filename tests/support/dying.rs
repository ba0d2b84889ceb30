//! Migrations that end their process in the middle, as `kill -9` does.

use async_trait::async_trait;
use migration::{
    DbErr, IntoSchemaManagerConnection, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, Steps, alone,
};

/// Migrates as the application does, up to the step that `DIE_AT` names.
pub struct DyingMigrator;

/// A step, after which the process dies before the step is recorded.
struct Dying(Box<dyn MigrationTrait>);

impl MigrationName for Dying {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait]
impl MigrationTrait for Dying {
    fn use_transaction(&self) -> Option<bool> {
        self.0.use_transaction()
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await?;
        std::process::abort();
    }
}

#[allow(clippy::disallowed_methods, reason = "a fault on demand is no setting")]
fn last_step() -> Option<usize> {
    std::env::var("DIE_AT").ok()?.parse().ok()
}

struct DyingSteps;

impl MigratorTrait for DyingSteps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let last = last_step();
        let dies = |(number, step): (usize, Box<dyn MigrationTrait>)| -> Box<dyn MigrationTrait> {
            if Some(number + 1) == last { Box::new(Dying(step)) } else { step }
        };
        Steps::migrations().into_iter().enumerate().map(dies).collect()
    }
}

#[async_trait]
impl MigratorTrait for DyingMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Steps::migrations()
    }

    async fn up<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        alone::up::<DyingSteps, C>(db, steps).await
    }
}
