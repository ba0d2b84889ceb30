//! Tests of the guarantees of the memory store. Each check must also fail for a limiter that violates the guarantee.

mod concurrency;
mod eviction;
mod harness;
mod index;
mod model;
mod multiple_limits;
mod refunds;
mod retry_after;
mod slab;
mod sliding_window;
