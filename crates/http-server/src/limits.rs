//! Limits and timeouts of connections.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

/// Limits of connections.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Concurrent connections.
    pub connections: usize,
    /// Concurrent connections per client, as `client_key` counts clients.
    pub per_client: usize,
    /// Maps an address to the address of its client, for example an IPv6 address to its /64 network.
    pub client_key: fn(IpAddr) -> IpAddr,
    /// Networks without a limit per client, because a proxy carries many clients.
    pub trusted: Vec<IpNet>,
    /// Time without a request after which a connection may be closed for a waiting connection.
    pub silence: Duration,
    /// Time that running requests get to finish during a shutdown.
    pub grace: Duration,
    /// Time for the headers of a request to arrive, and for a connection to be silent between two requests.
    pub header_timeout: Duration,
    /// Time without progress of a request body or of a response.
    pub stall_timeout: Duration,
}
