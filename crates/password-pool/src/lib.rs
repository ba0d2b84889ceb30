//! Argon2id password hashing on a fixed thread pool with a bounded, fair queue.
//!
//! The caller passes the number of threads, the capacity of the queue, the timeout and the cost of a hash.
//!
//! The crate depends on neither HTTP nor configuration. The crate's `README.md` contains the guarantees.

mod argon2;
mod fair_queue;
mod thread_pool;

pub use self::{
    argon2::{Cost, PasswordMatch},
    thread_pool::{BeforeJob, PasswordPool, PoolError, PoolOptions},
};

/// Error of Argon2 or of the random number generator.
type BoxError = Box<dyn std::error::Error + Send + Sync>;
