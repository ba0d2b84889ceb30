to: "src/models/_entities/{{ plural }}.rs"
injections:
- into: src/models/_entities/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
- into: src/models/_entities/prelude.rs
  after_last: "^pub use "
  content: "pub use super::{{ plural }}::Entity as {{ type_plural }};"
---
//! `SeaORM` Entity, as sea-orm-codegen 2.0 writes it

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, {% if not has_float %}Eq, {% endif %}Serialize, Deserialize)]
#[sea_orm(table_name = "{{ plural }}")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub pid: Uuid,
    pub user_id: i64,
{%- for field in fields %}
{%- if field.sea_orm_type %}
    #[sea_orm(column_type = "{{ field.sea_orm_type }}"{% if field.nullable %}, nullable{% endif %})]
{%- endif %}
    pub {{ field.name }}: {{ field.row_type }},
{%- endfor %}
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
{%- for field in fields %}
{%- if field.target %}
    #[sea_orm(
        belongs_to = "super::{{ field.target }}::Entity",
        from = "Column::{{ field.column_variant }}",
        to = "super::{{ field.target }}::Column::Id",
        on_update = "NoAction",
        on_delete = "{% if field.nullable %}SetNull{% else %}Cascade{% endif %}"
    )]
    {{ field.relation }},
{%- endif %}
{%- endfor %}
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "Column::UserId",
        to = "super::users::Column::Id",
        on_update = "NoAction",
        on_delete = "Cascade"
    )]
    Users,
}

impl Related<super::users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Users.def()
    }
}
