//! Boot steps: install the log, build the services, and run the checks that stop an unsafe start.

mod crypto_provider;
pub mod database;
pub mod logging;
pub mod mail;
pub mod migration_check;
pub mod password_hash_benchmark;
pub mod queue;
pub mod rate_limits;
pub mod reserve_stdout;
pub mod services;
pub mod storage;
pub mod typesetter;
