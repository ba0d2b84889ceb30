//! Trusted devices. A device has a row from its first login until the password of the account changes. A purge deletes
//! the row of a device that has not logged in for 30 days.
//!
//! The most recently used devices of an account have separate login limits. All other devices of the account share one
//! limit. An attacker who collects many device tokens therefore gets only a few login attempts.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*, sea_query::OnConflict};

pub use super::_entities::devices::{ActiveModel, Column, Entity, Model};
use super::{users, without_nul};
use crate::errors::AppResult;

impl ActiveModelBehavior for ActiveModel {}

/// Number of most recently used devices of an account that have separate login limits.
pub const RECENT_DEVICES: u64 = 3;

/// A device that an account trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedDevice {
    pub id: Uuid,
    /// Whether the device is one of the [`RECENT_DEVICES`] most recently used devices of the account.
    pub is_recent: bool,
}

impl Model {
    /// Returns the device with this ID if the account trusts the device. `email` is the canonical e-mail address of the
    /// account.
    pub async fn find_trusted(db: &impl ConnectionTrait, email: &str, id: Uuid) -> AppResult<Option<TrustedDevice>> {
        let own = Entity::find().inner_join(users::Entity).filter(users::Column::Email.eq(without_nul(email)));
        let own = own.select_only().column(Column::Pid);
        if own.clone().filter(Column::Pid.eq(id)).into_tuple::<Uuid>().one(db).await?.is_none() {
            return Ok(None);
        }
        let newest_first = own.order_by_desc(Column::LastUsedAt).order_by_desc(Column::Id);
        let recent = newest_first.limit(RECENT_DEVICES).into_tuple::<Uuid>().all(db).await?;
        Ok(Some(TrustedDevice { id, is_recent: recent.contains(&id) }))
    }

    /// Records a login from a device. The caller's transaction must hold a lock on the user. A concurrent password
    /// change then waits for the lock and deletes this row, too.
    pub async fn record_login(
        txn: &impl ConnectionTrait,
        user: &users::Model,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> AppResult<()> {
        let row =
            ActiveModel { pid: Set(id), user_id: Set(user.id), last_used_at: Set(now.into()), ..Default::default() };
        let known = OnConflict::column(Column::Pid).update_column(Column::LastUsedAt).to_owned();
        Entity::insert(row).on_conflict(known).exec_without_returning(txn).await?;
        Ok(())
    }

    /// Deletes all devices of a user, so that their device tokens become invalid. Inserts one new device and returns
    /// its ID.
    pub async fn replace_all(txn: &impl ConnectionTrait, user: &users::Model, now: DateTime<Utc>) -> AppResult<Uuid> {
        let id = Uuid::now_v7();
        Entity::delete_many().filter(Column::UserId.eq(user.id)).exec(txn).await?;
        Self::record_login(txn, user, id, now).await?;
        Ok(id)
    }
}
