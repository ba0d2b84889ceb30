to: "src/models/{{ plural }}.rs"
injections:
- into: src/models/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
---
{% set linked = targets | length > 0 -%}
{% set has_large = large | length > 0 -%}
{% set listed = "Self" -%}
{% if has_large %}{% set listed = "Summary" %}{% endif -%}
//! {{ things_title }}: each belongs to one person and is reached through them alone.

{% if has_large %}mod summary;

{% endif -%}
use chrono::{DateTime,{% if imports.date %} NaiveDate,{% endif %}{% if imports.time %} NaiveTime,{% endif %} Utc};
use sea_orm::{ActiveValue::Set, IntoActiveModel, ModelTrait, QueryOrder, entity::prelude::*};

{% if has_large %}pub use self::summary::Summary;
{% endif -%}
pub use super::_entities::{{ plural }}::{ActiveModel, Column, Entity, Model};
use super::{
    Database,
    {% for target in targets %}{{ target }}, {% endfor %}
    pages::{Page, PageRequest},
    resources, users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

{% for field in fields %}{% if field.enum_type -%}
/// What `{{ field.name }}` may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
pub enum {{ field.enum_type }} {
{%- for value in field.values %}
    #[serde(rename = "{{ value.name }}")]
    {{ value.variant }},
{%- endfor %}
}

impl {{ field.enum_type }} {
    /// As it stands in the row and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
{%- for value in field.values %}
            Self::{{ value.variant }} => "{{ value.name }}",
{%- endfor %}
        }
    }
}

{% endif %}{% endfor -%}
/// What a person gives.
{%- if many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each is a column of its own")]
{%- endif %}
pub struct Content {
{%- for field in fields %}
{%- if field.target %}
    /// One of the owner's `{{ field.target }}`, by its public id.
{%- endif %}
    pub {{ field.name }}: {{ field.given }},
{%- endfor %}
}

{% if linked -%}
/// A row with the public ids of what it refers to.
pub struct Linked{% if has_large %}<R>{% endif %} {
    pub row: {% if has_large %}R{% else %}Model{% endif %},
{%- for field in fields %}{% if field.target %}
    pub {{ field.name }}: {{ field.given }},
{%- endif %}{% endfor %}
}

{% if has_large -%}
/// The keys of what a row refers to.
struct Keys {
{%- for field in fields %}{% if field.target %}
    {{ field.name }}: {{ field.row }},
{%- endif %}{% endfor %}
}
{% for row in ["Model", "Summary"] %}
impl From<&{{ row }}> for Keys {
    fn from(row: &{{ row }}) -> Self {
        Self { {% for field in fields %}{% if field.target %}{{ field.name }}: row.{{ field.name }}, {% endif %}{% endfor %} }
    }
}
{% endfor %}
{% endif -%}
{% endif -%}
impl Model {
    /// Stores a new one of a user.
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
        content.write({% if linked %}db, user, {% endif %}&mut row, now){% if linked %}.await?{% endif %};
        let txn = db.begin_write().await?;
        let row = row.insert(&txn).await.map_err(resources::refused)?;
        txn.commit().await.map_err(resources::refused)?;
        Ok(row)
    }

    /// One of a user's own.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        let own = Entity::find().filter(Column::UserId.eq(user.id));
        own.filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// A user's own, newest first.
{%- if linked %}
    pub async fn list_for(
        db: &Database,
        user: &users::Model,
        request: PageRequest,
    ) -> AppResult<Page<Linked{% if has_large %}<Summary>{% endif %}>> {
        let own = Entity::find().filter(Column::UserId.eq(user.id)).order_by_desc(Column::Id);
        let mut page: Page<{{ listed }}> = Page::fetch(db, own{% if has_large %}.into_partial_model::<Summary>(){% endif %}, request).await?;
        let items = Self::link(db, std::mem::take(&mut page.items)).await?;
        Ok(page.with(items))
    }
{%- else %}
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<{{ listed }}>> {
        let own = Entity::find().filter(Column::UserId.eq(user.id)).order_by_desc(Column::Id);
        Page::fetch(db, own{% if has_large %}.into_partial_model::<Summary>(){% endif %}, request).await
    }
{%- endif %}

    /// Takes new content in place of the old.
    pub async fn rewrite(
        self,
        db: &Database,
{%- if linked %}
        user: &users::Model,
{%- endif %}
        content: Content,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let mut row = self.into_active_model();
        content.write({% if linked %}db, user, {% endif %}&mut row, now){% if linked %}.await?{% endif %};
        let txn = db.begin_write().await?;
        let row = row.update(&txn).await.map_err(resources::refused)?;
        txn.commit().await.map_err(resources::refused)?;
        Ok(row)
    }

    /// Removes it.
    pub async fn remove(self, db: &Database) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.delete(&txn).await?;
        Ok(txn.commit().await?)
    }
{%- if linked %}

    /// The same with the public ids of what it refers to.
    pub async fn linked(self, db: &Database) -> AppResult<Linked{% if has_large %}<Self>{% endif %}> {
        Self::link(db, vec![self]).await?.pop().ok_or_else(AppError::not_found)
    }

    /// Without those whose required reference has just gone, and they with it.
{%- if has_large %}
    async fn link<R>(db: &Database, rows: Vec<R>) -> AppResult<Vec<Linked<R>>>
    where
        for<'row> Keys: From<&'row R>,
    {
{%- else %}
    async fn link(db: &Database, rows: Vec<Self>) -> AppResult<Vec<Linked>> {
{%- endif %}
{%- for field in fields %}{% if field.target %}
        let {{ field.name }} = {
            let keys = rows.iter().{% if field.nullable %}filter_map{% else %}map{% endif %}(|row| {% if has_large %}Keys::from(row){% else %}row{% endif %}.{{ field.name }});
            let columns = ({{ field.target }}::Column::Id, {{ field.target }}::Column::Pid);
            resources::pids::<{{ field.target }}::Entity>(db, columns, keys).await?
        };
{%- endif %}{% endfor %}
        let linked = rows.into_iter().filter_map(|row| {
{%- if has_large %}
            let keys = Keys::from(&row);
{%- endif %}
            Some(Linked {
{%- for field in fields %}{% if field.target %}
{%- if field.nullable %}
                {{ field.name }}: {% if has_large %}keys{% else %}row{% endif %}.{{ field.name }}.and_then(|key| {{ field.name }}.get(&key).copied()),
{%- else %}
                {{ field.name }}: *{{ field.name }}.get(&{% if has_large %}keys{% else %}row{% endif %}.{{ field.name }})?,
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
{%- if linked %}
    /// Writes itself into a row; what it refers to must be the same owner's.
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
                Some(found.map_err(resources::unknown("{{ field.name }}"))?.id)
            }
            None => None,
        });
{%- else %}
        let {{ field.name }} = {{ field.target }}::Model::find_for(db, user, self.{{ field.name }}).await;
        row.{{ field.name }} = Set({{ field.name }}.map_err(resources::unknown("{{ field.name }}"))?.id);
{%- endif %}
{%- endif %}{% endfor %}
{%- else %}
    /// Writes itself into a row.
    fn write(self, row: &mut ActiveModel, now: DateTime<Utc>) {
{%- endif %}
{%- for field in fields %}{% if not field.target %}
        row.{{ field.name }} = Set({{ field.store }});
{%- endif %}{% endfor %}
        row.updated_at = Set(now.into());
{%- if linked %}
        Ok(())
{%- endif %}
    }
}
