//! A person's own sessions: where they are signed in, and ending it from somewhere else.

use chrono::{DateTime, Utc};
use sea_orm::{Condition, ConnectionTrait, QueryOrder, entity::prelude::*};

use super::{Column, Entity, Lifetimes, Model};
use crate::errors::{AppError, AppResult};
use crate::models::{
    Database,
    pagination::{Page, PageRequest},
    request_context::RequestContext,
    security_events::Kind,
    users,
};

impl Model {
    /// The sessions in which a user is signed in, the one used last first.
    pub async fn list_for(
        db: &Database,
        user: &users::Model,
        lifetimes: Lifetimes,
        request: PageRequest,
        now: DateTime<Utc>,
    ) -> AppResult<Page<Self>> {
        let alive = Entity::find().filter(of(user)).filter(alive(now));
        // Unused for so long, it could not be refreshed any more.
        let usable = alive.filter(Column::LastUsedAt.gt(DateTimeWithTimeZone::from(now - lifetimes.idle)));
        Page::fetch(db, usable.order_by_desc(Column::LastUsedAt).order_by_desc(Column::Id), request).await
    }

    /// One of the sessions in which a user is signed in.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid, now: DateTime<Utc>) -> AppResult<Self> {
        let own = Entity::find().filter(Column::Pid.eq(pid)).filter(of(user)).filter(alive(now));
        own.one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Ends it because its user says so, from another session or from itself.
    pub async fn end_for(self, db: &Database, user: &users::Model, at: RequestContext<'_>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.end(&txn, at.now).await?;
        at.record(&txn, Kind::SessionEnded, Some(user)).await?;
        Ok(txn.commit().await?)
    }

    /// Ends all of a user's sessions because they say so.
    pub async fn end_all_for(db: &Database, user: &users::Model, at: RequestContext<'_>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Self::end_all(&txn, user, None, at.now).await?;
        at.record(&txn, Kind::SessionsEnded, Some(user)).await?;
        Ok(txn.commit().await?)
    }

    /// Ends all of a user's sessions, or all but one: their tokens stop working at once.
    ///
    /// Returns how many have been ended.
    pub async fn end_all(
        db: &impl ConnectionTrait,
        user: &users::Model,
        but: Option<&Self>,
        now: DateTime<Utc>,
    ) -> AppResult<u64> {
        let others = match but {
            Some(session) => of(user).add(Column::Id.ne(session.id)),
            None => of(user),
        };
        let ended = Entity::update_many()
            .col_expr(Column::EndedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(others)
            .filter(alive(now))
            .exec(db)
            .await?;
        Ok(ended.rows_affected)
    }
}

fn of(user: &users::Model) -> Condition {
    Condition::all().add(Column::UserId.eq(user.id))
}

fn alive(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::EndedAt.is_null()).add(Column::ExpiresAt.gt(DateTimeWithTimeZone::from(now)))
}
