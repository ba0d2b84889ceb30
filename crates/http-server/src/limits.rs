//! Limits and timeouts of connections.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

/// Limits and timeouts of the connections of one server.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Maximum number of concurrent connections.
    pub connections: usize,
    /// Maximum number of concurrent connections per client. `client_key` defines the client of an address.
    pub per_client: usize,
    /// Maps an address to the key that identifies its client, for example an IPv6 address to its /64 network.
    pub client_key: fn(IpAddr) -> IpAddr,
    /// Networks of proxies. The limit per client does not apply to these networks, because a proxy forwards requests of
    /// many clients.
    pub trusted: Vec<IpNet>,
    /// Minimum idle time after which a connection may be closed for a waiting connection.
    pub min_idle: Duration,
    /// Maximum time for running requests to finish during a shutdown.
    pub grace: Duration,
    /// Maximum time until the headers of a request have arrived. Also the maximum idle time between two requests.
    pub header_timeout: Duration,
    /// Maximum time without progress of a request body or a response.
    pub stall_timeout: Duration,
    /// Limits of connections that are open only to discard the rest of a request.
    pub linger: LingerLimits,
}

/// Limits of lingering connections. `connections` applies to the server, and the other limits to each connection.
#[derive(Debug, Clone, Copy)]
pub struct LingerLimits {
    /// Maximum number of lingering connections. Further connections are closed immediately.
    pub connections: usize,
    /// Maximum number of bytes that are discarded per connection.
    pub bytes: u64,
    /// Maximum time that a connection lingers.
    pub time: Duration,
    /// Maximum time without a received byte.
    pub pause: Duration,
}

impl LingerLimits {
    /// Limits for a server with default settings. `bytes` exceeds the default maximum size of an upload, so that the
    /// rest of a rejected upload can be discarded completely.
    pub const DEFAULT: Self =
        Self { connections: 64, bytes: 16 << 20, time: Duration::from_secs(10), pause: Duration::from_secs(2) };
}
