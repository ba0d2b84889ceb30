//! The request that calls a use case: its client, its ID and its time.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    security_events::{Event, Kind},
    users,
};
use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult},
    telemetry::request_id,
};

/// Bytes of a `User-Agent` header that are kept.
const USER_AGENT_BYTES: usize = 255;

/// The client that sends a request.
#[derive(Debug, Clone)]
pub struct Client {
    pub user_agent: String,
    pub address: String,
    /// Network of the client: an IPv4 address, or the /64 network of an IPv6 address.
    pub network: String,
}

impl Client {
    /// Creates a client. Keeps the first 255 bytes of the `User-Agent` header.
    #[must_use]
    pub fn new(user_agent: &str, address: IpAddr) -> Self {
        let end = user_agent.floor_char_boundary(USER_AGENT_BYTES);
        Self {
            user_agent: user_agent[..end].to_owned(),
            address: address.to_string(),
            network: limit_key(address).to_string(),
        }
    }
}

/// Client, ID and wall-clock time of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    pub client: &'a Client,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

impl<'a> RequestContext<'a> {
    /// Returns the context of the current request.
    ///
    /// # Errors
    /// `internal_error` if no request is being handled.
    pub fn of(client: &'a Client, now: DateTime<Utc>) -> AppResult<Self> {
        let id = request_id::current().ok_or_else(|| AppError::internal("the request has no id"))?;
        Ok(Self { client, request_id: id.uuid(), now })
    }

    /// Records a security event in the transaction of the use case.
    pub async fn record(&self, txn: &impl ConnectionTrait, kind: Kind, user: Option<&users::Model>) -> AppResult<()> {
        Event { kind, user, client: self.client, now: self.now }.record(txn).await
    }
}
