//! Column for the folded title of a document. The document search uses this column.

use sea_orm_migration::{
    prelude::*,
    schema::text,
    sea_orm::{ConnectionTrait, DbErr},
};

use crate::folding::fold;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Number of documents per batch. Only the titles of one batch are in memory.
const BATCH: u64 = 1000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // Uses one transaction, because an aborted migration must change nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let column = text("folded_title").default("").to_owned();
        m.alter_table(Table::alter().table("documents").add_column(column).to_owned()).await?;
        let mut last = 0;
        while let Some(id) = fold_batch(m.get_connection(), last).await? {
            last = id;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("documents").drop_column("folded_title").to_owned()).await
    }
}

/// Folds the titles of the next batch, which starts with the first document whose ID is above `after`. Returns the last
/// ID of the batch, or `None` if there are no more documents.
async fn fold_batch(db: &impl ConnectionTrait, after: i64) -> Result<Option<i64>, DbErr> {
    let mut batch = Query::select();
    batch.columns(["id", "title"]).from("documents").and_where(Expr::col("id").gt(after));
    let mut last = None;
    for row in db.query_all(batch.order_by("id", Order::Asc).limit(BATCH)).await? {
        let (id, title): (i64, String) = (row.try_get("", "id")?, row.try_get("", "title")?);
        let mut update = Query::update();
        update.table("documents").value("folded_title", fold(&title)).and_where(Expr::col("id").eq(id));
        db.execute(&update).await?;
        last = Some(id);
    }
    Ok(last)
}
