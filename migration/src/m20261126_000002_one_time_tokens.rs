//! Table of one-time tokens in e-mails. Each user has at most one token per purpose.

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
                .table("one_time_tokens")
                .col(big_integer("id").auto_increment().primary_key())
                .col(big_integer("user_id"))
                .col(string("purpose"))
                // E-mail address that received the token. The token confirms only this address.
                .col(string("email"))
                .col(string_uniq("token_hash"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_one_time_tokens_user_id")
                        .from("one_time_tokens", "user_id")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
        // Unique, because a new token replaces the previous token of the user for this purpose.
        m.create_index(
            Index::create()
                .name("idx_one_time_tokens_user_id_purpose")
                .table("one_time_tokens")
                .col("user_id")
                .col("purpose")
                .unique()
                .to_owned(),
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("one_time_tokens").to_owned()).await?;
        Ok(())
    }
}
