//! Purges expired sessions and security events in batches.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{Condition, QuerySelect, QueryTrait, entity::prelude::*};

use super::{_entities::refresh_tokens, device_tokens::TRUST_DAYS, devices, security_events, sessions};
use crate::{
    errors::AppResult,
    models::{Database, timestamp},
};

/// Days after which a security event without a user is deleted. Most of these events are failed logins to unknown
/// e-mail addresses.
const ANONYMOUS_EVENT_DAYS: i64 = 30;
/// Days after which any security event is deleted.
const EVENT_DAYS: i64 = 365;
/// Additional days for which a security event is kept. The trigger that protects the events uses the clock of the
/// database, which may be behind the clock of this process.
const CLOCK_TOLERANCE_DAYS: i64 = 1;

/// Maximum number of rows that one statement deletes. Requests can write between two statements.
const BATCH: u64 = 200;

/// Deletes expired security events and returns the number of deleted events. After an error, the next purge deletes the
/// rest.
pub async fn purge_events(db: &Database, now: DateTime<Utc>) -> AppResult<u64> {
    use security_events::{Column, Entity};
    let before = |days: i64| Column::CreatedAt.lt(timestamp(now - Duration::days(days + CLOCK_TOLERANCE_DAYS)));
    let anonymous = Condition::all().add(Column::UserId.is_null()).add(before(ANONYMOUS_EVENT_DAYS));
    let old = Condition::any().add(anonymous).add(before(EVENT_DAYS));
    purge::<Entity>(db, Column::Id, old).await
}

/// Deletes expired refresh tokens, and devices without a login in the last 30 days. Also deletes ended or expired
/// sessions that were created more than 30 days ago. Keeps newer sessions, because a newer session makes its client
/// network trusted. Returns the number of deleted rows. After an error, the next purge deletes the rest.
pub async fn purge_sessions(db: &Database, now: DateTime<Utc>) -> AppResult<u64> {
    use sessions::{Column, Entity};
    let ended = Condition::any().add(Column::EndedAt.is_not_null()).add(Column::ExpiresAt.lt(timestamp(now)));
    let trusted_since = timestamp(now - Duration::days(TRUST_DAYS));
    let untrusted = Condition::all().add(ended).add(Column::CreatedAt.lt(trusted_since));
    let mut deleted = purge::<Entity>(db, Column::Id, untrusted).await?;
    let unused = Condition::all().add(devices::Column::LastUsedAt.lt(trusted_since));
    deleted += purge::<devices::Entity>(db, devices::Column::Id, unused).await?;
    let expired = Condition::all().add(refresh_tokens::Column::ExpiresAt.lt(timestamp(now)));
    Ok(deleted + purge::<refresh_tokens::Entity>(db, refresh_tokens::Column::Id, expired).await?)
}

async fn purge<E: EntityTrait>(db: &Database, id: E::Column, old: Condition) -> AppResult<u64> {
    let mut deleted = 0;
    loop {
        let batch = E::find().select_only().column(id).filter(old.clone()).limit(BATCH).into_query();
        let txn = db.begin_write().await?;
        let removed = E::delete_many().filter(id.in_subquery(batch)).exec(&txn).await?.rows_affected;
        txn.commit().await?;
        deleted += removed;
        if removed < BATCH {
            return Ok(deleted);
        }
    }
}
