//! The database's schema, step by step.

pub use sea_orm_migration::prelude::*;

pub mod alone;
mod m20261124_000001_users;
mod m20261124_000002_sessions;
mod m20261124_000003_uploads;
mod m20261124_000004_documents;
mod m20261124_000005_typesettings;
mod m20261125_000001_queue;

/// Every step, oldest first, taken by one process at a time: all that are asked for, or none.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Steps::migrations()
    }

    async fn up<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        alone::up::<Steps, C>(db, steps).await
    }

    async fn down<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        alone::down::<Steps, C>(db, steps).await
    }
}

/// The steps themselves, for whoever has the database to itself.
pub struct Steps;

impl MigratorTrait for Steps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_users::Migration),
            Box::new(m20261124_000002_sessions::Migration),
            Box::new(m20261124_000003_uploads::Migration),
            Box::new(m20261124_000004_documents::Migration),
            Box::new(m20261124_000005_typesettings::Migration),
            Box::new(m20261125_000001_queue::Migration),
            // inject-above (do not remove this comment)
        ]
    }
}
