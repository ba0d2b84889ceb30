//! All events of a time, oldest first, some at once: however many there are, few are in memory.

use chrono::{DateTime, Utc};
use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::{Column, Entity, Model};
use crate::{errors::AppResult, models::Database, models::users};

/// Rows that are fetched at once.
const BATCH: u64 = 500;

/// Where an export has come to.
pub struct Export {
    /// From this time on.
    from: Option<DateTime<Utc>>,
    /// Before this time.
    to: DateTime<Utc>,
    after: i64,
}

impl Export {
    /// Everything from `from` on, if that is given, and before `to`.
    #[must_use]
    pub const fn new(from: Option<DateTime<Utc>>, to: DateTime<Utc>) -> Self {
        Self { from, to, after: 0 }
    }

    /// The next events with the public id of their user; none at the end.
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
