//! Queue table of Loco.
//!
//! Loco would create the table at its first start. The migration creates the table instead. Processes that
//! start concurrently therefore find the table, and no start changes the schema.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const POSTGRES: &str = "CREATE TABLE IF NOT EXISTS pg_loco_queue (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    task_data JSONB NOT NULL,
    status VARCHAR NOT NULL DEFAULT 'queued',
    run_at TIMESTAMPTZ NOT NULL,
    interval BIGINT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    tags JSONB,
    priority INT NOT NULL DEFAULT 0
)";

const SQLITE: &str = "CREATE TABLE IF NOT EXISTS sqlt_loco_queue (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    task_data JSON NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued',
    run_at TIMESTAMP NOT NULL,
    interval INTEGER,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags JSON,
    priority INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS idx_sqlt_queue_status_run_at ON sqlt_loco_queue(status, run_at)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // Uses one transaction, because an aborted migration must change nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let postgres = m.get_database_backend() == DbBackend::Postgres;
        m.get_connection().execute_unprepared(if postgres { POSTGRES } else { SQLITE }).await?;
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        // Keeps the table, because the table may contain jobs. An older version of the service uses an existing
        // table, and creates the table only if none exists.
        Ok(())
    }
}
