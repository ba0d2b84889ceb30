{% set stamp = ts | date(format="%Y%m%d_%H%M%S") -%}
{% set table = name | plural | snake_case -%}
{% set module = "m" ~ stamp ~ "_" ~ table -%}
{% for column in columns -%}
{% if column.1 is starting_with("array") %}{{ throw(message=column.0 ~ ": SQLite has no arrays; use json") }}{% endif -%}
{% endfor -%}
to: "migration/src/{{ module }}.rs"
skip_glob: "migration/src/m????????_??????_{{ table }}.rs"
message: "Table `{{ table }}` generated. Development applies the migration at the next start."
injections:
- into: migration/src/lib.rs
  after_last: "^mod m\\d"
  content: "mod {{ module }};"
- into: migration/src/lib.rs
  before: "inject-above"
  content: "            Box::new({{ module }}::Migration),"
---
//! {{ table | replace(from="_", to=" ") | capitalize }}: each row belongs to one user.

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
                .col(big_integer("id").auto_increment().primary_key())
                .col(uuid_uniq("pid"))
                .col(big_integer("user_id"))
{%- for column in columns %}
{%- set type = column.1 | replace(from="Uniq", to="") | replace(from="Money", to="Decimal") %}
{%- set parts = type | split(pat="(") %}
                .col({{ parts.0 | snake_case }}("{{ column.0 }}"{% if parts | length > 1 %}, {{ parts.1 }}{% else %}){% endif %})
{%- endfor %}
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
                .col(big_integer{% if reference.0 is ending_with("?") %}_null{% endif %}("{% if reference.1 %}{{ reference.1 }}{% else %}{{ target }}_id{% endif %}"))
{%- endfor %}
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_{{ table }}_user_id")
                        .from("{{ table }}", "user_id")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
{%- set key = reference.1 %}
{%- if not key %}{% set key = target ~ "_id" %}{% endif %}
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_{{ table }}_{{ key }}")
                        .from("{{ table }}", "{{ key }}")
                        .to("{{ target | plural | snake_case }}", "id")
                        .on_delete(ForeignKeyAction::{% if reference.0 is ending_with("?") %}SetNull{% else %}Cascade{% endif %}),
                )
{%- endfor %}
                .to_owned(),
        )
        .await?;
        m.create_index(Index::create().name("idx_{{ table }}_user_id_id").table("{{ table }}").col("user_id").col("id").to_owned()).await?;
{%- for reference in references %}
{%- set target = reference.0 | trim_end_matches(pat="?") %}
{%- set key = reference.1 %}
{%- if not key %}{% set key = target ~ "_id" %}{% endif %}
        m.create_index(Index::create().name("idx_{{ table }}_{{ key }}").table("{{ table }}").col("{{ key }}").to_owned()).await?;
{%- endfor %}
{%- for column in columns %}
{%- if column.1 is containing("Uniq") %}
        // Unique per owner, because a global index would reveal the values of other owners.
        m.create_index(Index::create().name("uq_{{ table }}_{{ column.0 }}").table("{{ table }}").col("user_id").col("{{ column.0 }}").unique().to_owned()).await?;
{%- endif %}
{%- endfor %}
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("{{ table }}").to_owned()).await?;
        Ok(())
    }
}
