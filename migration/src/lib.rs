//! Migrations of the database schema.
#![allow(clippy::too_many_lines, reason = "a table is one statement for all columns")]

pub use sea_orm_migration::prelude::*;

pub mod exclusive;
pub mod folding;
mod m20261124_000001_users;
mod m20261124_000002_sessions;
mod m20261124_000003_uploads;
mod m20261124_000004_documents;
mod m20261124_000005_typesettings;
mod m20261125_000001_queue;
mod m20261126_000001_security_events;
mod m20261126_000002_one_time_tokens;
mod m20261126_000003_mails;
mod m20261126_000004_discarded_files;
mod m20261126_000005_session_sources;
mod m20261126_000010_session_cookies;
mod m20261127_000001_user_language;
mod m20261127_000002_retention;
mod m20261127_000003_failed_sign_ins;
mod m20261129_000001_commit_probes;
mod m20261129_000002_discarded_files_delete_after;
mod m20261129_000003_mail_trust;
mod m20261129_000004_devices;
mod m20261129_000010_documents_folded_title;

/// Migrator: runs all migrations in one transaction. Only one process at a time runs migrations.
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
        exclusive::up::<Steps, C>(db, steps).await
    }

    async fn down<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        exclusive::down::<Steps, C>(db, steps).await
    }
}

/// Migrations, oldest first, without the lock and the transaction of [`Migrator`].
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
            Box::new(m20261126_000001_security_events::Migration),
            Box::new(m20261126_000002_one_time_tokens::Migration),
            Box::new(m20261126_000003_mails::Migration),
            Box::new(m20261126_000004_discarded_files::Migration),
            Box::new(m20261126_000005_session_sources::Migration),
            Box::new(m20261126_000010_session_cookies::Migration),
            Box::new(m20261127_000001_user_language::Migration),
            Box::new(m20261127_000002_retention::Migration),
            Box::new(m20261127_000003_failed_sign_ins::Migration),
            Box::new(m20261129_000001_commit_probes::Migration),
            Box::new(m20261129_000002_discarded_files_delete_after::Migration),
            Box::new(m20261129_000003_mail_trust::Migration),
            Box::new(m20261129_000004_devices::Migration),
            Box::new(m20261129_000010_documents_folded_title::Migration),
            // inject-above (do not remove this comment)
        ]
    }
}
