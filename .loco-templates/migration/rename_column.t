{% set stamp = ts | date(format="%Y%m%d_%H%M%S") -%}
{% set migration = name | snake_case -%}
{% set table = table | plural | snake_case -%}
{% set module = "m" ~ stamp ~ "_" ~ migration -%}
to: "migration/src/{{ module }}.rs"
skip_glob: "migration/src/m????????_??????_{{ migration }}.rs"
message: "Migration `{{ migration }}` generated. Next: `cargo loco db entities`, or edit `src/models/_entities`."
injections:
- into: migration/src/lib.rs
  after_last: "^mod m\\d"
  content: "mod {{ module }};"
- into: migration/src/lib.rs
  before: "inject-above"
  content: "            Box::new({{ module }}::Migration),"
---
//! {{ migration | replace(from="_", to=" ") | capitalize }}.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // An interrupted migration changes nothing, because it runs in a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("{{ table }}").rename_column("{{ from }}", "{{ to }}").to_owned()).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("{{ table }}").rename_column("{{ to }}", "{{ from }}").to_owned()).await?;
        Ok(())
    }
}
