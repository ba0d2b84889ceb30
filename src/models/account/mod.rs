//! What people do with their account once they have it: prove its address, recover it, change its
//! password, remove it.

pub mod alarm;
pub mod bar;
pub mod password;
pub mod profile;
mod recovery;
mod removal;
mod verification;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    client::Client,
    security_events::{Event, Kind},
    users,
};
use crate::{
    correlation,
    errors::{AppError, AppResult},
};

/// The request that does it: from where, and when.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub client: &'a Client,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

impl<'a> Occasion<'a> {
    /// The request at hand.
    ///
    /// # Errors
    /// `internal_error` outside a request.
    pub fn of(client: &'a Client, now: DateTime<Utc>) -> AppResult<Self> {
        let id = correlation::current().ok_or_else(|| AppError::internal("the request has no id"))?;
        Ok(Self { client, request_id: id.uuid(), now })
    }

    /// Keeps a record of what it did, in the transaction that did it.
    pub async fn record(&self, txn: &impl ConnectionTrait, kind: Kind, user: Option<&users::Model>) -> AppResult<()> {
        Event { kind, user, client: self.client, now: self.now }.record(txn).await
    }
}
