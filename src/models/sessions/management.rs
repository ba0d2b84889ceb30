//! Lists and ends the sessions of a user.

use chrono::{DateTime, Utc};
use sea_orm::{Condition, ConnectionTrait, QueryOrder, entity::prelude::*};

use super::{Column, Entity, Lifetimes, Model};
use crate::{
    errors::{AppError, AppResult},
    models::{
        Database,
        pagination::{Page, PageRequest},
        request_context::RequestContext,
        security_events::EventKind,
        users,
    },
};

impl Model {
    /// Lists the active sessions of a user, most recently used first.
    pub async fn list_for(
        db: &Database,
        user: &users::Model,
        lifetimes: Lifetimes,
        page: PageRequest,
        now: DateTime<Utc>,
    ) -> AppResult<Page<Self>> {
        let active = Entity::find().filter(of(user)).filter(is_active(now));
        // A session that is unused for longer than `idle` can no longer be refreshed.
        let usable = active.filter(Column::LastUsedAt.gt(DateTimeWithTimeZone::from(now - lifetimes.idle)));
        Page::fetch(db, usable.order_by_desc(Column::LastUsedAt).order_by_desc(Column::Id), page).await
    }

    /// Returns an active session of a user.
    ///
    /// # Errors
    /// `not_found` if the user has no such session.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid, now: DateTime<Utc>) -> AppResult<Self> {
        let own = Entity::find().filter(Column::Pid.eq(pid)).filter(of(user)).filter(is_active(now));
        own.one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Ends one session at the request of its user.
    pub async fn end_for(self, db: &Database, user: &users::Model, request: &RequestContext<'_>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.end(&txn, request.now).await?;
        request.record(&txn, EventKind::SessionEnded, Some(user)).await?;
        Ok(txn.commit().await?)
    }

    /// Ends all sessions of a user at the request of the user.
    pub async fn end_all_for(db: &Database, user: &users::Model, request: &RequestContext<'_>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Self::end_all(&txn, user, None, request.now).await?;
        request.record(&txn, EventKind::SessionsEnded, Some(user)).await?;
        Ok(txn.commit().await?)
    }

    /// Ends all sessions of a user, or all sessions except one. The tokens of ended sessions become invalid
    /// immediately.
    ///
    /// Returns the number of ended sessions.
    pub async fn end_all(
        db: &impl ConnectionTrait,
        user: &users::Model,
        except: Option<&Self>,
        now: DateTime<Utc>,
    ) -> AppResult<u64> {
        let ended = Entity::update_many()
            .col_expr(Column::EndedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(others(user, except))
            .filter(is_active(now))
            .exec(db)
            .await?;
        Ok(ended.rows_affected)
    }

    /// Clears the stored client network of each session of a user, except of the session `except`. An account trusts a
    /// network only while one of its sessions contains the network.
    pub async fn forget_networks(
        db: &impl ConnectionTrait,
        user: &users::Model,
        except: Option<&Self>,
    ) -> AppResult<()> {
        let cleared = Entity::update_many().col_expr(Column::Source, Expr::value(""));
        cleared.filter(others(user, except)).exec(db).await?;
        Ok(())
    }
}

fn others(user: &users::Model, except: Option<&Model>) -> Condition {
    match except {
        Some(session) => of(user).add(Column::Id.ne(session.id)),
        None => of(user),
    }
}

fn of(user: &users::Model) -> Condition {
    Condition::all().add(Column::UserId.eq(user.id))
}

fn is_active(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::EndedAt.is_null()).add(Column::ExpiresAt.gt(DateTimeWithTimeZone::from(now)))
}
