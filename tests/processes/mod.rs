//! Tests of the program as a process: boot errors, log output and runtime behavior.

mod boot;
mod connections;
mod log;
mod runtime;
mod sessions;
mod signals;
