//! Table of queued e-mails. The rows remain after delivery, because the mailbox quota counts them.

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
                .table("mails")
                .col(big_integer("id").auto_increment().primary_key())
                .col(uuid_uniq("pid"))
                .col(string("kind"))
                // E-mail address of the recipient. `NULL` after the e-mail was sent or discarded, or has failed.
                .col(string_null("email"))
                // Hash of the e-mail address. The mailbox quota counts the rows with the same hash.
                .col(string("mailbox"))
                // ID of the request that caused the e-mail. The e-mail and the log lines of its job contain this ID.
                .col(uuid("request_id"))
                .col(string("status"))
                .col(integer("attempts"))
                .col(timestamp_with_time_zone_null("due_at"))
                .col(timestamp_with_time_zone_null("charged_at"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .to_owned(),
        )
        .await?;
        for (name, columns) in [
            ("idx_mails_mailbox_charged_at", ["mailbox", "charged_at"]),
            ("idx_mails_status_due_at", ["status", "due_at"]),
        ] {
            let [first, second] = columns;
            m.create_index(Index::create().name(name).table("mails").col(first).col(second).to_owned()).await?;
        }
        m.create_index(Index::create().name("idx_mails_finished_at").table("mails").col("finished_at").to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("mails").to_owned()).await?;
        Ok(())
    }
}
