{% set stamp = ts | date(format="%Y%m%d_%H%M%S") -%}
{% set migration = name | snake_case -%}
{% set table = table | plural | snake_case -%}
{% set module = "m" ~ stamp ~ "_" ~ migration -%}
{% for column in columns -%}
{% if column.1 is starting_with("array") %}{{ throw(message=column.0 ~ ": SQLite has no arrays; use json") }}{% endif -%}
{% endfor -%}
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

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // An interrupted migration changes nothing, because it runs in a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
{%- for column in columns %}
        m.alter_table(Table::alter().table("{{ table }}").drop_column("{{ column.0 }}").to_owned()).await?;
{%- endfor %}
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Adds empty columns, because `up` deleted the values.
{%- for column in columns %}
{%- set type = column.1 | replace(from="Uniq", to="") | replace(from="Null", to="") | replace(from="Money", to="Decimal") %}
{%- set parts = type | split(pat="(") %}
        m.alter_table(Table::alter().table("{{ table }}").add_column({{ parts.0 | snake_case }}_null("{{ column.0 }}"{% if parts | length > 1 %}, {{ parts.1 }}{% else %}){% endif %}).to_owned()).await?;
{% endfor %}
        Ok(())
    }
}
