//! Tests of operator tasks.

mod seed;
