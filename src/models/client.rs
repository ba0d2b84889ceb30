//! The device that asks: what it calls itself, its address, and the network that limits count it by.

use std::net::IpAddr;

use crate::client_address::limit_key;

/// Bytes of a client's own description that are kept.
const USER_AGENT_BYTES: usize = 255;

/// Who asks from where.
#[derive(Debug, Clone)]
pub struct Client {
    pub user_agent: String,
    pub address: String,
    /// An IPv4 address, or the /64 of an IPv6 address.
    pub source: String,
}

impl Client {
    /// What calls itself `user_agent`, at this address; of an overlong name the beginning is kept.
    #[must_use]
    pub fn new(user_agent: &str, address: IpAddr) -> Self {
        let end = user_agent.floor_char_boundary(USER_AGENT_BYTES);
        Self {
            user_agent: user_agent[..end].to_owned(),
            address: address.to_string(),
            source: limit_key(address).to_string(),
        }
    }
}
