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
        m.create_table(
            Table::create()
                .table("{{ table }}")
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
                .col(big_integer("{{ target | snake_case }}_id"))
{%- endfor %}
{%- for column in columns %}
{%- set type = column.1 | replace(from="Uniq", to="") | replace(from="Money", to="Decimal") %}
{%- set parts = type | split(pat="(") %}
                .col({{ parts.0 | snake_case }}("{{ column.0 }}"{% if parts | length > 1 %}, {{ parts.1 }}{% else %}){% endif %})
{%- endfor %}
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create(){% for reference in references %}.col("{{ reference.0 | trim_end_matches(pat="?") | snake_case }}_id"){% endfor %})
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_{{ table }}_{{ target | snake_case }}_id")
                        .from("{{ table }}", "{{ target | snake_case }}_id")
                        .to("{{ target | plural | snake_case }}", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
{%- endfor %}
                .to_owned(),
        )
        .await?;
{%- for reference in references %}{% if not loop.first %}
{%- set key = reference.0 | trim_end_matches(pat="?") | snake_case %}
        m.create_index(Index::create().name("idx_{{ table }}_{{ key }}_id").table("{{ table }}").col("{{ key }}_id").to_owned()).await?;
{%- endif %}{% endfor %}
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("{{ table }}").to_owned()).await?;
        Ok(())
    }
}
