//! Tests of background jobs that no request enqueues.
