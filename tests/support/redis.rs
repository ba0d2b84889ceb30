//! The Redis server that `TEST_REDIS_URL` names. Tests that need one do nothing where none is named,
//! and fail where the one named is not there.

/// The server's address.
#[expect(clippy::disallowed_methods, reason = "tests alone are told where a server is")]
pub fn url() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok()
}
