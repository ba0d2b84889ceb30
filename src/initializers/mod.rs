//! Once at boot: the log, the parts that requests need, and what stops an unsafe start.

pub mod boot_gate;
pub mod database;
pub mod hashing_cost;
pub mod logging;
pub mod mail;
pub mod parts;
pub mod queue;
pub mod quiet_stdout;
pub mod rate_limits;
pub mod storage;
mod tls;
