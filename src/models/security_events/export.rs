//! Exports the security events of a period, oldest first. Reads the events in batches to limit the memory.

use chrono::{DateTime, Utc};
use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::{Column, Entity, Model};
use crate::{errors::AppResult, models::Database, models::users};

/// Maximum number of rows per query.
const BATCH: u64 = 500;

/// Period and position of an export.
pub struct Export {
    /// Start of the period, inclusive.
    from: Option<DateTime<Utc>>,
    /// End of the period, exclusive.
    to: DateTime<Utc>,
    /// ID of the last exported row.
    after: i64,
}

impl Export {
    /// Creates an export of the events at or after `from` and before `to`. If `from` is `None`, the export starts with
    /// the first event.
    #[must_use]
    pub const fn new(from: Option<DateTime<Utc>>, to: DateTime<Utc>) -> Self {
        Self { from, to, after: 0 }
    }

    /// Returns the next events with the public IDs of their users. Returns an empty list at the end.
    pub async fn next(&mut self, db: &Database) -> AppResult<Vec<(Model, Option<Uuid>)>> {
        let mut query = Entity::find()
            .find_also_related(users::Entity)
            .filter(Column::Id.gt(self.after))
            .filter(Column::CreatedAt.lt(DateTimeWithTimeZone::from(self.to)));
        if let Some(from) = self.from {
            query = query.filter(Column::CreatedAt.gte(DateTimeWithTimeZone::from(from)));
        }
        let rows = query.order_by_asc(Column::Id).limit(BATCH).all(db).await?;
        self.after = rows.last().map_or(self.after, |(event, _)| event.id);
        Ok(rows.into_iter().map(|(event, user)| (event, user.map(|user| user.pid))).collect())
    }
}
