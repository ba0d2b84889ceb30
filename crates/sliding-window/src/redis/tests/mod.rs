//! The script on a real server, which `TEST_REDIS_URL` names; without it these tests do nothing.

mod clock;
mod harness;
mod model;
