to: "src/models/{{ plural }}.rs"
injections:
- into: src/models/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
---
{% set has_references = targets | length > 0 -%}
{% set has_large_fields = large_fields | length > 0 -%}
{% set list_type = "Self" -%}
{% if has_large_fields %}{% set list_type = "Summary" %}{% endif -%}
//! {{ title_plural }}: each row belongs to one user, and every lookup requires the owner.

{% if has_large_fields %}mod summary;

{% endif -%}
use chrono::{DateTime,{% if imports.date %} NaiveDate,{% endif %}{% if imports.time %} NaiveTime,{% endif %} Utc};
use sea_orm::{ActiveValue::Set, IntoActiveModel, ModelTrait, QueryOrder, entity::prelude::*};

{% if has_large_fields %}pub use self::summary::Summary;
{% endif -%}
pub use super::_entities::{{ plural }}::{ActiveModel, Column, Entity, Model};
use super::{
    Database,
    {% for target in targets %}{{ target }}, {% endfor %}
    pagination::{Page, PageRequest},
    scaffold_helpers, users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

{% for field in fields %}{% if field.enum_type -%}
/// Values of `{{ field.name }}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
pub enum {{ field.enum_type }} {
{%- for value in field.enum_values %}
    #[serde(rename = "{{ value.name }}")]
    {{ value.variant }},
{%- endfor %}
}

impl {{ field.enum_type }} {
    /// Returns the name of the value in the database row and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
{%- for value in field.enum_values %}
            Self::{{ value.variant }} => "{{ value.name }}",
{%- endfor %}
        }
    }
}

{% endif %}{% endfor -%}
/// Content that the owner sets.
{%- if has_many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each field is a column")]
{%- endif %}
pub struct Content {
{%- for field in fields %}
{%- if field.target %}
    /// Public ID of a row in `{{ field.target }}` with the same owner.
{%- endif %}
    pub {{ field.name }}: {{ field.model_type }},
{%- endfor %}
}

{% if has_references -%}
/// Row with the public IDs of the referenced rows.
pub struct Linked{% if has_large_fields %}<R>{% endif %} {
    pub row: {% if has_large_fields %}R{% else %}Model{% endif %},
{%- for field in fields %}{% if field.target %}
    pub {{ field.name }}: {{ field.model_type }},
{%- endif %}{% endfor %}
}

{% if has_large_fields -%}
/// Primary keys of the referenced rows.
struct ReferenceKeys {
{%- for field in fields %}{% if field.target %}
    {{ field.name }}: {{ field.row_type }},
{%- endif %}{% endfor %}
}
{% for row in ["Model", "Summary"] %}
impl From<&{{ row }}> for ReferenceKeys {
    fn from(row: &{{ row }}) -> Self {
        Self { {% for field in fields %}{% if field.target %}{{ field.name }}: row.{{ field.name }}, {% endif %}{% endfor %} }
    }
}
{% endfor %}
{% endif -%}
{% endif -%}
impl Model {
    /// Inserts a row of a user.
    pub async fn create_for(
        db: &Database,
        user: &users::Model,
        content: Content,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let mut row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            created_at: Set(now.into()),
            ..Default::default()
        };
        content.write({% if has_references %}db, user, {% endif %}&mut row, now){% if has_references %}.await?{% endif %};
        let txn = db.begin_write().await?;
        let row = row.insert(&txn).await.map_err(scaffold_helpers::conflict)?;
        txn.commit().await.map_err(scaffold_helpers::conflict)?;
        Ok(row)
    }

    /// Returns a row of a user, or the error `not_found`.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        let owned = Entity::find().filter(Column::UserId.eq(user.id));
        owned.filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Returns a page of a user's rows, newest first.
{%- if has_references %}
    pub async fn list_for(
        db: &Database,
        user: &users::Model,
        request: PageRequest,
    ) -> AppResult<Page<Linked{% if has_large_fields %}<Summary>{% endif %}>> {
        let owned = Entity::find().filter(Column::UserId.eq(user.id)).order_by_desc(Column::Id);
        let mut page: Page<{{ list_type }}> = Page::fetch(db, owned{% if has_large_fields %}.into_partial_model::<Summary>(){% endif %}, request).await?;
        let items = Self::link(db, std::mem::take(&mut page.items)).await?;
        Ok(page.with(items))
    }
{%- else %}
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<{{ list_type }}>> {
        let owned = Entity::find().filter(Column::UserId.eq(user.id)).order_by_desc(Column::Id);
        Page::fetch(db, owned{% if has_large_fields %}.into_partial_model::<Summary>(){% endif %}, request).await
    }
{%- endif %}

    /// Replaces the content of the row.
    pub async fn update(
        self,
        db: &Database,
{%- if has_references %}
        user: &users::Model,
{%- endif %}
        content: Content,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let mut row = self.into_active_model();
        content.write({% if has_references %}db, user, {% endif %}&mut row, now){% if has_references %}.await?{% endif %};
        let txn = db.begin_write().await?;
        let row = row.update(&txn).await.map_err(scaffold_helpers::conflict)?;
        txn.commit().await.map_err(scaffold_helpers::conflict)?;
        Ok(row)
    }

    /// Deletes the row.
    pub async fn remove(self, db: &Database) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.delete(&txn).await?;
        Ok(txn.commit().await?)
    }
{%- if has_references %}

    /// Adds the public IDs of the referenced rows.
    pub async fn linked(self, db: &Database) -> AppResult<Linked{% if has_large_fields %}<Self>{% endif %}> {
        Self::link(db, vec![self]).await?.pop().ok_or_else(AppError::not_found)
    }

    /// Adds the public IDs of the referenced rows. Omits a row if a required referenced row was deleted concurrently.
{%- if has_large_fields %}
    async fn link<R>(db: &Database, rows: Vec<R>) -> AppResult<Vec<Linked<R>>>
    where
        for<'row> ReferenceKeys: From<&'row R>,
    {
{%- else %}
    async fn link(db: &Database, rows: Vec<Self>) -> AppResult<Vec<Linked>> {
{%- endif %}
{%- for field in fields %}{% if field.target %}
        let {{ field.name }} = {
            let keys = rows.iter().{% if field.nullable %}filter_map{% else %}map{% endif %}(|row| {% if has_large_fields %}ReferenceKeys::from(row){% else %}row{% endif %}.{{ field.name }});
            let columns = ({{ field.target }}::Column::Id, {{ field.target }}::Column::Pid);
            scaffold_helpers::pids::<{{ field.target }}::Entity>(db, columns, keys).await?
        };
{%- endif %}{% endfor %}
        let linked = rows.into_iter().filter_map(|row| {
{%- if has_large_fields %}
            let keys = ReferenceKeys::from(&row);
{%- endif %}
            Some(Linked {
{%- for field in fields %}{% if field.target %}
{%- if field.nullable %}
                {{ field.name }}: {% if has_large_fields %}keys{% else %}row{% endif %}.{{ field.name }}.and_then(|key| {{ field.name }}.get(&key).copied()),
{%- else %}
                {{ field.name }}: *{{ field.name }}.get(&{% if has_large_fields %}keys{% else %}row{% endif %}.{{ field.name }})?,
{%- endif %}
{%- endif %}{% endfor %}
                row,
            })
        });
        Ok(linked.collect())
    }
{%- endif %}
}

impl Content {
{%- if has_references %}
    /// Sets the columns of a row. Rejects a reference to a row of another owner.
    async fn write(
        self,
        db: &Database,
        user: &users::Model,
        row: &mut ActiveModel,
        now: DateTime<Utc>,
    ) -> AppResult<()> {
{%- for field in fields %}{% if field.target %}
{%- if field.nullable %}
        row.{{ field.name }} = Set(match self.{{ field.name }} {
            Some(pid) => {
                let found = {{ field.target }}::Model::find_for(db, user, pid).await;
                Some(found.map_err(scaffold_helpers::unknown("{{ field.name }}"))?.id)
            }
            None => None,
        });
{%- else %}
        let {{ field.name }} = {{ field.target }}::Model::find_for(db, user, self.{{ field.name }}).await;
        row.{{ field.name }} = Set({{ field.name }}.map_err(scaffold_helpers::unknown("{{ field.name }}"))?.id);
{%- endif %}
{%- endif %}{% endfor %}
{%- else %}
    /// Sets the columns of a row.
    fn write(self, row: &mut ActiveModel, now: DateTime<Utc>) {
{%- endif %}
{%- for field in fields %}{% if not field.target %}
        row.{{ field.name }} = Set({{ field.to_row }});
{%- endif %}{% endfor %}
        row.updated_at = Set(now.into());
{%- if has_references %}
        Ok(())
{%- endif %}
    }
}
