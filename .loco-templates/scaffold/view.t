to: "src/views/{{ plural }}.rs"
injections:
- into: src/views/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
---
{% set linked = targets | length > 0 -%}
//! {{ things_title }} on the wire.

use chrono::{DateTime,{% if imports.date %} NaiveDate,{% endif %}{% if imports.time %} NaiveTime,{% endif %} Utc};
use serde::Serialize;
{% if imports.json %}use serde_json::Value;
{% endif %}use uuid::Uuid;

{% if imports.bytes or imports.exact %}use super::{ {% if imports.bytes %}bytes::Base64, {% endif %}{% if imports.exact %}exact::Exact, {% endif %} };
{% endif %}use crate::models::{% if enum_types %}{{ plural }}::{self, {{ enum_types | join(sep=", ") }}}{% else %}{{ plural }}{% endif %};

{% for view in views -%}
{% if view.row == "Summary" -%}
/// The {{ thing }} in a list, without the fields that may be large.
{% else -%}
/// What is shown of it.
{% endif -%}
#[derive(Debug, Serialize, utoipa::ToSchema)]
{%- if many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each is a column of its own")]
{%- endif %}
pub struct {{ view.type }} {
    pub id: Uuid,
{%- for field in view.fields %}
{%- if field.target %}
    /// One of the owner's `{{ field.target }}`.
{%- else %}
    #[schema({% if field.described %}value_type = {{ field.described }}, {% endif %}example = {{ field.example }})]
{%- endif %}
    pub {{ field.name }}: {{ field.shown }},
{%- endfor %}
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
{% if linked %}{% set row = "Linked" %}{% if large %}{% set row = "Linked<" ~ plural ~ "::" ~ view.row ~ ">" %}{% endif %}{% else %}{% set row = view.row %}{% endif %}
impl From<{{ plural }}::{{ row }}> for {{ view.type }} {
{%- if linked %}
    fn from(linked: {{ plural }}::{{ row }}) -> Self {
        let row = linked.row;
{%- else %}
    fn from(row: {{ plural }}::{{ row }}) -> Self {
{%- endif %}
        Self {
            id: row.pid,
{%- for field in view.fields %}
            {{ field.name }}: {{ field.show }},
{%- endfor %}
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

{% endfor %}