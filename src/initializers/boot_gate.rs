//! Stops a start that could not end well: a database whose schema is not the one this binary knows.

use async_trait::async_trait;
use loco_rs::{
    Error, Result,
    app::{AppContext, Initializer},
    doctor::{Check, CheckStatus},
};
use migration::{DbErr, Migrator, MigratorTrait};

/// Refuses to serve on pending migrations.
pub struct BootGate;

#[async_trait]
impl Initializer for BootGate {
    fn name(&self) -> String {
        "boot-gate".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        match pending(ctx).await? {
            0 => Ok(()),
            count => Err(Error::Message(format!("the database lacks {count} migrations: run `db migrate` first"))),
        }
    }

    async fn check(&self, ctx: &AppContext) -> Result<Option<Check>> {
        let count = pending(ctx).await?;
        let status = if count == 0 { CheckStatus::Ok } else { CheckStatus::NotOk };
        Ok(Some(Check { status, message: format!("{count} pending migrations"), description: None }))
    }
}

async fn pending(ctx: &AppContext) -> Result<usize> {
    match Migrator::get_pending_migrations(&ctx.db).await {
        Ok(pending) => Ok(pending.len()),
        Err(DbErr::Custom(reason)) => Err(Error::Message(format!(
            "the database is of another version ({reason}): start the version that migrated it, or migrate down with that"
        ))),
        Err(error) => Err(error.into()),
    }
}
