//! Keeps a binary away from a database whose schema is not the one it knows.

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
    doctor::{Check, CheckStatus},
};

use crate::models::migration_status::{Schema, SchemaGate};

/// Finds out about the schema; where it is another one, requests are answered 503 and jobs wait.
pub struct BootGate;

#[async_trait]
impl Initializer for BootGate {
    fn name(&self) -> String {
        "boot-gate".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        let schema = Schema::of(&ctx.db).await?;
        if let Some(event) = schema.reason() {
            tracing::error!(event, "nothing is served yet: {}", schema.advice());
        }
        ctx.shared_store.insert(SchemaGate::new(schema));
        Ok(())
    }

    async fn check(&self, ctx: &AppContext) -> Result<Option<Check>> {
        let schema = Schema::of(&ctx.db).await?;
        let status = if schema == Schema::Current { CheckStatus::Ok } else { CheckStatus::NotOk };
        Ok(Some(Check { status, message: schema.advice(), description: None }))
    }
}
