to: "src/models/{{ plural }}/summary.rs"
---
//! {{ things_title }} in a list, without the columns that may be large.

use sea_orm::entity::prelude::*;

use super::Entity;

/// A row in a list. Columns that may be large are not loaded: {% for name in large %}`{{ name }}`{% if not loop.last %}, {% endif %}{% endfor %}.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
{%- if many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each is a column of its own")]
{%- endif %}
pub struct Summary {
    pub pid: Uuid,
{%- for field in fields %}{% if not field.large %}
    pub {{ field.name }}: {{ field.row }},
{%- endif %}{% endfor %}
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
}
