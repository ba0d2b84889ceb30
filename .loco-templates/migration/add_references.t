{% set stamp = ts | date(format="%Y%m%d_%H%M%S") -%}
{% set migration = name | snake_case -%}
{% set table = table | plural | snake_case -%}
{% set module = "m" ~ stamp ~ "_" ~ migration -%}
{% for reference in references -%}
{% if reference.0 is not ending_with("?") %}{{ throw(message=reference.0 ~ ": existing rows have no reference, so it must be nullable; use `references?`") }}{% endif -%}
{% endfor -%}
{% for column in columns -%}
{% if column.1 is starting_with("array") %}{{ throw(message=column.0 ~ ": SQLite has no arrays; use json") }}{% endif -%}
{% if column.1 is not containing("Null") %}{{ throw(message=column.0 ~ ": existing rows have no value, so the column must be nullable; omit `!` and `^`") }}{% endif -%}
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

use sea_orm_migration::{prelude::*{% if columns | length > 0 %}, schema::*{% endif %}};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // An interrupted migration changes nothing, because it runs in a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
{%- set key = reference.1 %}
{%- if not key %}{% set key = target ~ "_id" %}{% endif %}
        // Adds the column and its foreign key in one statement, because SQLite cannot add a foreign key to an existing
        // column.
        m.get_connection().execute_unprepared("ALTER TABLE {{ table }} ADD COLUMN {{ key }} bigint REFERENCES {{ target | plural | snake_case }} (id) ON DELETE SET NULL").await?;
        m.create_index(Index::create().name("idx_{{ table }}_{{ key }}").table("{{ table }}").col("{{ key }}").to_owned()).await?;
{%- endfor %}
{%- for column in columns %}
{%- set type = column.1 | replace(from="Uniq", to="") | replace(from="Null", to="") | replace(from="Money", to="Decimal") %}
{%- set parts = type | split(pat="(") %}
        m.alter_table(Table::alter().table("{{ table }}").add_column({{ parts.0 | snake_case }}_null("{{ column.0 }}"{% if parts | length > 1 %}, {{ parts.1 }}{% else %}){% endif %}).to_owned()).await?;
{% endfor %}
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
{%- for column in columns %}
        m.alter_table(Table::alter().table("{{ table }}").drop_column("{{ column.0 }}").to_owned()).await?;
{%- endfor %}
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
{%- set key = reference.1 %}
{%- if not key %}{% set key = target ~ "_id" %}{% endif %}
        m.drop_index(Index::drop().name("idx_{{ table }}_{{ key }}").table("{{ table }}").to_owned()).await?;
        m.alter_table(Table::alter().table("{{ table }}").drop_column("{{ key }}").to_owned()).await?;
{%- endfor %}
        Ok(())
    }
}
