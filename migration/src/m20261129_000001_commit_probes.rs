//! Table with one row, which the health check updates to test whether commits succeed.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // Uses one transaction, because an aborted migration must change nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("commit_probes")
                .col(big_integer("id").auto_increment().primary_key())
                .col(timestamp_with_time_zone("probed_at"))
                .to_owned(),
        )
        .await?;
        let row = Query::insert()
            .into_table("commit_probes")
            .columns(["probed_at"])
            .values_panic([Expr::current_timestamp()])
            .to_owned();
        m.execute(row).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("commit_probes").to_owned()).await?;
        Ok(())
    }
}
