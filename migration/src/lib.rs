//! The database's schema, step by step.

pub use sea_orm_migration::prelude::*;

mod m20261124_000001_users;
mod m20261124_000002_sessions;
mod m20261124_000003_uploads;
mod m20261124_000004_documents;
mod m20261124_000005_typesettings;

/// Every step, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_users::Migration),
            Box::new(m20261124_000002_sessions::Migration),
            Box::new(m20261124_000003_uploads::Migration),
            Box::new(m20261124_000004_documents::Migration),
            Box::new(m20261124_000005_typesettings::Migration),
            // inject-above (do not remove this comment)
        ]
    }
}
