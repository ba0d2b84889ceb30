//! Data of a request that a use case needs: the client, the request ID and the time.

use std::{net::IpAddr, time::Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::client_address::limit_key;

/// Maximum number of bytes of a `User-Agent` header that are kept.
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

/// Client, ID and time of a request. The handler reads the clocks once per request.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    pub client: &'a Client,
    /// Value of the client's device cookie, which is not verified yet.
    pub device_token: Option<&'a str>,
    pub request_id: Uuid,
    /// Wall-clock time, for rows and tokens.
    pub now: DateTime<Utc>,
    /// Monotonic time, for rate limits.
    pub instant: Instant,
}
