//! Round-robin scheduling of typesettings among users. A user with many queued typesettings does not delay other users.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, ExprTrait, PaginatorTrait, QueryOrder, QuerySelect, entity::prelude::*};

use super::{super::_entities::documents, Column, Entity, Model, QUEUED, RUNNING};
use crate::{
    errors::AppResult,
    models::{Database, timestamp},
};

/// Maximum number of typesettings of one user that run at once.
const MAX_RUNNING: u64 = 2;

impl Model {
    /// Returns the queued typesetting that the next free worker claims. Returns `None` if no user with a queued
    /// typesetting may run another typesetting. Selects the user with the fewest running typesettings. Among several
    /// such users, selects the user whose latest typesetting finished earliest. The result is the oldest queued
    /// typesetting of this user.
    ///
    /// Ignores released and expired typesettings until [`Model::requeue_expired`] has requeued them.
    pub async fn next(db: &Database, now: DateTime<Utc>) -> AppResult<Option<Uuid>> {
        let queued = queued(db, now).await?;
        let users: Vec<i64> = queued.iter().map(|(_, user)| *user).collect();
        let (running, finished) = (running(db, &users, now).await?, finished(db, &users).await?);
        let load = |user: &i64| running.get(user).copied().unwrap_or_default();
        let free = queued.into_iter().filter(|(_, user)| load(user) < MAX_RUNNING);
        Ok(free.min_by_key(|(_, user)| (load(user), finished.get(user).copied())).map(|(pid, _)| pid))
    }
}

/// Returns whether another typesetting of the user may run. The caller must have locked the user.
pub(super) async fn may_run_another(txn: &impl ConnectionTrait, user_id: i64, now: DateTime<Utc>) -> AppResult<bool> {
    let running = with_owner().filter(documents::Column::UserId.eq(user_id)).filter(is_running(now)).count(txn).await?;
    Ok(running < MAX_RUNNING)
}

/// Returns the owner of a typesetting, or `None` if the typesetting was deleted.
pub(super) async fn owner(db: &impl ConnectionTrait, pid: Uuid) -> AppResult<Option<i64>> {
    let owner = with_owner().filter(Column::Pid.eq(pid)).select_only().column(documents::Column::UserId);
    Ok(owner.into_tuple().one(db).await?)
}

fn with_owner() -> Select<Entity> {
    Entity::find().inner_join(documents::Entity)
}

fn is_running(now: DateTime<Utc>) -> Expr {
    Column::Status.eq(RUNNING).and(Column::LeasedUntil.gte(timestamp(now)))
}

/// Returns the queued typesettings with their owners, oldest first.
async fn queued(db: &Database, now: DateTime<Utc>) -> AppResult<Vec<(Uuid, i64)>> {
    let queued = with_owner()
        .filter(Column::Status.eq(QUEUED))
        .filter(Column::LeasedUntil.gt(timestamp(now)))
        .order_by_asc(Column::Id);
    let queued = queued.select_only().column(Column::Pid).column(documents::Column::UserId);
    Ok(queued.into_tuple().all(db).await?)
}

/// Returns the number of running typesettings per user.
async fn running(db: &Database, users: &[i64], now: DateTime<Utc>) -> AppResult<HashMap<i64, u64>> {
    let running = per_user(users).filter(is_running(now)).column_as(Column::Id.count(), "running");
    let running = running.into_tuple::<(i64, i64)>().all(db).await?;
    Ok(running.into_iter().map(|(user, count)| (user, count.unsigned_abs())).collect())
}

/// Returns the latest time at which a typesetting finished, for each user. Omits users without a finished typesetting.
async fn finished(db: &Database, users: &[i64]) -> AppResult<HashMap<i64, DateTimeWithTimeZone>> {
    let finished = per_user(users).filter(Column::FinishedAt.is_not_null());
    Ok(finished.column_as(Column::FinishedAt.max(), "finished").into_tuple().all(db).await?.into_iter().collect())
}

fn per_user(users: &[i64]) -> Select<Entity> {
    let rows = with_owner().filter(documents::Column::UserId.is_in(users.iter().copied()));
    rows.select_only().column(documents::Column::UserId).group_by(documents::Column::UserId)
}
