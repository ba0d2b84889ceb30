//! Table of trusted devices. A device token is valid only while its device has a row.

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
                .table("devices")
                .col(big_integer("id").auto_increment().primary_key())
                // ID of the device in its device token.
                .col(uuid_uniq("pid"))
                .col(big_integer("user_id"))
                // Time of the newest login from the device.
                .col(timestamp_with_time_zone("last_used_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_devices_user_id")
                        .from("devices", "user_id")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
        // The second index is for the purge of expired rows.
        for (name, columns) in [
            ("idx_devices_user_id_last_used_at", &["user_id", "last_used_at"][..]),
            ("idx_devices_last_used_at", &["last_used_at"]),
        ] {
            let mut index = Index::create();
            for column in columns {
                index.col(*column);
            }
            m.create_index(index.name(name).table("devices").to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("devices").to_owned()).await
    }
}
