to: "src/models/{{ plural }}/summary.rs"
---
//! {{ title_plural }} in a list, without columns that may be large.

use sea_orm::entity::prelude::*;

use super::Entity;

/// Row in a list. Does not load columns that may be large: {% for name in large_fields %}`{{ name }}`{% if not loop.last %}, {% endif %}{% endfor %}.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
{%- if has_many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each field is a column")]
{%- endif %}
pub struct Summary {
    pub pid: Uuid,
{%- for field in fields %}{% if not field.large %}
    pub {{ field.name }}: {{ field.row_type }},
{%- endif %}{% endfor %}
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
}
