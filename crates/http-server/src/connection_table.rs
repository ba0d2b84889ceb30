//! Connection table by client address: limits connections per address, and chooses idle connections to close.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ipnet::IpNet;
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio_util::task::TaskTracker;

use crate::{
    drain::{InFlight, Writes},
    limits::ConnectionLimits,
};

/// Table of open connections. A connection with a close request is not in the table.
#[derive(Debug)]
pub struct ConnectionTable {
    rows: Arc<Mutex<Rows>>,
    limits: Arc<ConnectionLimits>,
    requests: TaskTracker,
}

#[derive(Debug, Default)]
struct Rows {
    next_id: u64,
    by_address: HashMap<IpAddr, HashMap<u64, Activity>>,
}

/// State of one connection. The task of the connection and the accept loop share the state.
#[derive(Debug, Clone)]
pub struct Activity {
    /// Counter of the running requests of the connection.
    pub in_flight: InFlight,
    /// State of the writes: shows whether the client has received all response bytes.
    pub writes: Writes,
    /// Notified once, when the accept loop sends a close request to the connection.
    pub close: Arc<Notify>,
}

/// Open connection: holds a row of the table and a permit. Dropping the value frees both.
#[derive(Debug)]
pub struct OpenConnection {
    /// State of the connection.
    pub activity: Activity,
    rows: Arc<Mutex<Rows>>,
    address: IpAddr,
    id: u64,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionTable {
    /// Creates an empty table. `requests` tracks the running requests of all connections.
    pub fn new(limits: Arc<ConnectionLimits>, requests: TaskTracker) -> Self {
        Self { rows: Arc::default(), limits, requests }
    }

    /// Returns whether `peer` may open one more connection.
    ///
    /// If the client is at its limit, sends a close request to the longest-idle connection of the client. Then returns
    /// `true`, because the limit does not count a connection with a close request. Returns `false` if no connection was
    /// idle for long enough.
    pub fn admits(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        if self.limits.trusted.iter().any(|network: &IpNet| network.contains(&peer)) {
            return true;
        }
        let address = (self.limits.client_key)(peer);
        let mut rows = self.rows.lock();
        let open = rows.by_address.get(&address).map_or(0, HashMap::len);
        open < self.limits.per_client || rows.close_longest_idle(Some(address), self.limits.min_idle)
    }

    /// Sends a close request to the longest-idle connection. Returns `false` if no connection was idle for long enough.
    pub fn close_longest_idle(&self) -> bool {
        self.rows.lock().close_longest_idle(None, self.limits.min_idle)
    }

    /// Adds a connection of `peer` to the table. The connection holds `permit`.
    pub fn open(&self, peer: IpAddr, permit: OwnedSemaphorePermit) -> OpenConnection {
        let activity = Activity {
            in_flight: InFlight::new(self.requests.clone()),
            writes: Writes::default(),
            close: Arc::default(),
        };
        let address = (self.limits.client_key)(peer);
        let mut rows = self.rows.lock();
        let id = rows.next_id;
        rows.next_id += 1;
        rows.by_address.entry(address).or_default().insert(id, activity.clone());
        OpenConnection { activity, rows: Arc::clone(&self.rows), address, id, _permit: permit }
    }
}

impl Rows {
    /// Sends a close request to the longest-idle connection of `address`, or of all addresses if `address` is `None`.
    ///
    /// Removes the row of the connection immediately, because the connection serves at most one more request. Returns
    /// `false` if no connection was idle for at least `min_idle`.
    fn close_longest_idle(&mut self, address: Option<IpAddr>, min_idle: Duration) -> bool {
        let now = Instant::now();
        let groups = self.by_address.iter().filter(|(key, _)| address.is_none_or(|address| address == **key));
        let rows = groups.flat_map(|(key, group)| group.iter().map(move |(id, activity)| (*key, *id, activity)));
        let idle = rows.filter_map(|(key, id, activity)| Some((activity.idle_since()?, key, id)));
        let longest = idle.min_by_key(|(since, ..)| *since);
        let Some((_, key, id)) = longest.filter(|(since, ..)| now.saturating_duration_since(*since) >= min_idle) else {
            return false;
        };
        if let Some(activity) = self.remove(key, id) {
            activity.close.notify_one();
        }
        true
    }

    fn remove(&mut self, address: IpAddr, id: u64) -> Option<Activity> {
        let group = self.by_address.get_mut(&address)?;
        let removed = group.remove(&id);
        if group.is_empty() {
            self.by_address.remove(&address);
        }
        removed
    }
}

impl Activity {
    /// Returns the time at which the connection became idle.
    ///
    /// Returns `None` while a request runs, or while the client has not received all response bytes.
    pub fn idle_since(&self) -> Option<Instant> {
        let idle = self.in_flight.idle_since()?;
        Some(idle.max(self.writes.taken_at()?))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.rows.lock().remove(self.address, self.id);
    }
}
