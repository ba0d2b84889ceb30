//! Column for the time after which a discarded file is deleted. The migration also discards outdated PDFs.
//!
//! A new file is listed as discarded before the file is written, so that the service deletes the file after a crash.
//! `delete_after` of a new file is later than the deadline for the commit of the row that refers to the file.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Due time of files that were listed before this migration. The time is in the past, so that these files are due
/// immediately.
const LONG_AGO: &str = "1970-01-01 00:00:00+00:00";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // Uses one transaction, because an aborted migration must change nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let delete_after =
            ColumnDef::new("delete_after").timestamp_with_time_zone().not_null().default(LONG_AGO).to_owned();
        m.alter_table(Table::alter().table("discarded_files").add_column(delete_after).to_owned()).await?;
        let index = Index::create()
            .name("idx_discarded_files_delete_after")
            .table("discarded_files")
            .col("delete_after")
            .to_owned();
        m.create_index(index).await?;
        // Discards all PDFs except the newest PDF of each document, because the service now keeps only the newest PDF.
        let older = "storage_key IS NOT NULL AND id < (SELECT MAX(newer.id) FROM typesettings newer \
                     WHERE newer.document_id = typesettings.document_id AND newer.storage_key IS NOT NULL)";
        let connection = m.get_connection();
        connection
            .execute_unprepared(&format!(
                "INSERT INTO discarded_files (storage_key) SELECT storage_key FROM typesettings WHERE {older}"
            ))
            .await?;
        connection.execute_unprepared(&format!("UPDATE typesettings SET storage_key = NULL WHERE {older}")).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(Index::drop().name("idx_discarded_files_delete_after").table("discarded_files").to_owned())
            .await?;
        m.alter_table(Table::alter().table("discarded_files").drop_column("delete_after").to_owned()).await
    }
}
