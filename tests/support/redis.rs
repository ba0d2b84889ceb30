//! Redis server of `TEST_REDIS_URL`. Tests that need Redis pass without it if the variable is unset, and fail if the
//! server is down.

/// Returns the URL of the server.
#[expect(clippy::disallowed_methods, reason = "only tests read this variable")]
pub fn url() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok()
}
