//! Tests of the script on a real server. The tests pass without a check if `TEST_REDIS_URL` is not set.

mod clock;
mod harness;
mod model;
