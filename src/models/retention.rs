//! How long rows are kept that come by themselves: what nothing needs any more goes, some at a time.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{Condition, QuerySelect, QueryTrait, entity::prelude::*};

use super::{_entities::refresh_tokens, device_tokens::KNOWN_DAYS, security_events, sessions};
use crate::{errors::AppResult, models::Database};

/// Days after which an event goes whose account nobody has, or has any more: guesses at addresses, mostly.
const NOBODYS_EVENT_DAYS: i64 = 30;
/// Days after which any event goes.
const EVENT_DAYS: i64 = 365;
/// Days that an event stays longer: its guard goes by the database's clock, not by ours.
const CLOCKS_APART: i64 = 1;

/// Rows that one statement removes: others are to write in between.
const BATCH: u64 = 200;

/// Removes security events that are old enough, however many.
///
/// # Errors
/// When the database is busy or gone: the rest goes the next time.
pub async fn forget_events(db: &Database, now: DateTime<Utc>) -> AppResult<u64> {
    use security_events::{Column, Entity};
    let before = |days: i64| Column::CreatedAt.lt(stamp(now - Duration::days(days + CLOCKS_APART)));
    let nobodys = Condition::all().add(Column::UserId.is_null()).add(before(NOBODYS_EVENT_DAYS));
    let old = Condition::any().add(nobodys).add(before(EVENT_DAYS));
    forget::<Entity>(db, Column::Id, old).await
}

/// Removes sessions that are over and make no network known any more, with what opened them, and refresh
/// tokens that have run out.
///
/// # Errors
/// When the database is busy or gone: the rest goes the next time.
pub async fn forget_sessions(db: &Database, now: DateTime<Utc>) -> AppResult<u64> {
    use sessions::{Column, Entity};
    let over = Condition::any().add(Column::EndedAt.is_not_null()).add(Column::ExpiresAt.lt(stamp(now)));
    let unknown = Column::CreatedAt.lt(stamp(now - Duration::days(KNOWN_DAYS)));
    let gone = forget::<Entity>(db, Column::Id, Condition::all().add(over).add(unknown)).await?;
    let run_out = Condition::all().add(refresh_tokens::Column::ExpiresAt.lt(stamp(now)));
    Ok(gone + forget::<refresh_tokens::Entity>(db, refresh_tokens::Column::Id, run_out).await?)
}

async fn forget<E: EntityTrait>(db: &Database, id: E::Column, old: Condition) -> AppResult<u64> {
    let mut gone = 0;
    loop {
        let some = E::find().select_only().column(id).filter(old.clone()).limit(BATCH).into_query();
        let txn = db.begin_write().await?;
        let removed = E::delete_many().filter(id.in_subquery(some)).exec(&txn).await?.rows_affected;
        txn.commit().await?;
        gone += removed;
        if removed < BATCH {
            return Ok(gone);
        }
    }
}

fn stamp(at: DateTime<Utc>) -> DateTimeWithTimeZone {
    at.into()
}
