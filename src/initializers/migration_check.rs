//! Checks at boot whether the database has the migrations of this binary.

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
    doctor::{Check, CheckStatus},
};

use crate::{models::migration_status::MigrationStatus, services::Services};

/// Initializer that updates the migration guard. Until the migrations are complete, requests get 503 and jobs wait.
pub struct MigrationCheck;

#[async_trait]
impl Initializer for MigrationCheck {
    fn name(&self) -> String {
        "migration-check".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        let status = MigrationStatus::of(&ctx.db).await?;
        if let Some(event) = status.reason() {
            tracing::error!(event, "requests are rejected: {}", status.advice());
        }
        Services::of(ctx).migrations.update(status);
        Ok(())
    }

    async fn check(&self, ctx: &AppContext) -> Result<Option<Check>> {
        let migrations = MigrationStatus::of(&ctx.db).await?;
        let status = if migrations == MigrationStatus::Current { CheckStatus::Ok } else { CheckStatus::NotOk };
        Ok(Some(Check { status, message: migrations.advice(), description: None }))
    }
}
