//! Tests of operator tasks.
