to: "src/views/{{ plural }}.rs"
injections:
- into: src/views/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
---
{% set has_references = targets | length > 0 -%}
//! JSON views of {{ label_plural }}.

use chrono::{DateTime,{% if imports.date %} NaiveDate,{% endif %}{% if imports.time %} NaiveTime,{% endif %} Utc};
use serde::Serialize;
{% if imports.json %}use serde_json::Value;
{% endif %}use uuid::Uuid;

{% if imports.binary or imports.decimal %}use super::{ {% if imports.binary %}base64::Base64, {% endif %}{% if imports.decimal %}decimal_string::DecimalString, {% endif %} };
{% endif %}use crate::models::{% if enum_types %}{{ plural }}::{self, {{ enum_types | join(sep=", ") }}}{% else %}{{ plural }}{% endif %};

{% for view in views -%}
{% if view.row == "Summary" -%}
/// {{ label | capitalize }} in a list, without fields that may be large.
{% else -%}
/// {{ label | capitalize }} in a response.
{% endif -%}
#[derive(Debug, Serialize, utoipa::ToSchema)]
{%- if has_many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each field is a column")]
{%- endif %}
pub struct {{ view.type }} {
    pub id: Uuid,
{%- for field in view.fields %}
{%- if field.target %}
    /// ID in `{{ field.target }}`.
{%- else %}
    #[schema({% if field.view_schema_type %}value_type = {{ field.view_schema_type }}, {% endif %}example = {{ field.example }})]
{%- endif %}
    pub {{ field.name }}: {{ field.view_type }},
{%- endfor %}
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
{% if has_references %}{% set row = "Linked" %}{% if large_fields %}{% set row = "Linked<" ~ plural ~ "::" ~ view.row ~ ">" %}{% endif %}{% else %}{% set row = view.row %}{% endif %}
impl From<{{ plural }}::{{ row }}> for {{ view.type }} {
{%- if has_references %}
    fn from(linked: {{ plural }}::{{ row }}) -> Self {
        let row = linked.row;
{%- else %}
    fn from(row: {{ plural }}::{{ row }}) -> Self {
{%- endif %}
        Self {
            id: row.pid,
{%- for field in view.fields %}
            {{ field.name }}: {{ field.to_view }},
{%- endfor %}
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

{% endfor %}