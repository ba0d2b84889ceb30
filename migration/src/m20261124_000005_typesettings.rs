//! Table of typesettings. Each row contains the state of a job that creates a PDF from a document.

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
                .table("typesettings")
                .col(big_integer("id").auto_increment().primary_key())
                .col(uuid_uniq("pid"))
                .col(big_integer("document_id"))
                .col(string("status"))
                .col(integer("attempts"))
                // ID of the request that created the row. The log lines of the job contain this ID.
                .col(uuid("request_id"))
                .col(timestamp_with_time_zone_null("leased_until"))
                .col(string_null("error_code"))
                .col(string_null("error_message"))
                .col(string_null("storage_key"))
                .col(string_null("sha256"))
                .col(big_integer_null("size"))
                .col(integer_null("pages"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_typesettings_document_id")
                        .from("typesettings", "document_id")
                        .to("documents", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
        m.create_index(
            Index::create()
                .name("idx_typesettings_document_id_id")
                .table("typesettings")
                .col("document_id")
                .col("id")
                .to_owned(),
        )
        .await?;
        m.create_index(Index::create().name("idx_typesettings_status").table("typesettings").col("status").to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("typesettings").to_owned()).await?;
        Ok(())
    }
}
