//! Redis server of `TEST_REDIS_URL`.
//!
//! Tests that need Redis pass without a check if the variable is not set. They fail if the server is unreachable.

/// Returns the URL of the Redis server, or `None` if `TEST_REDIS_URL` is not set.
#[expect(clippy::disallowed_methods, reason = "only tests read this variable")]
pub fn url() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok()
}
