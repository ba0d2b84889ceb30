//! Column for the network from which a session was opened, in the format of the rate-limit keys.

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
        m.alter_table(Table::alter().table("sessions").add_column(string("source").default("")).to_owned()).await?;
        // `source` is the network of the client. Updates only sessions with an IPv4 address, because the network of an
        // IPv4 address is the address itself. A client with an IPv6 address is not trusted until its next login.
        m.get_connection()
            .execute_unprepared("UPDATE sessions SET source = address WHERE address NOT LIKE '%:%'")
            .await?;
        m.create_index(
            Index::create()
                .name("idx_sessions_user_id_source")
                .table("sessions")
                .col("user_id")
                .col("source")
                .to_owned(),
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(Index::drop().name("idx_sessions_user_id_source").table("sessions").to_owned()).await?;
        m.alter_table(Table::alter().table("sessions").drop_column("source").to_owned()).await?;
        Ok(())
    }
}
