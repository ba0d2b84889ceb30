//! Operator tasks.
