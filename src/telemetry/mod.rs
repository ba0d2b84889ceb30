//! Telemetry: request IDs, HTTP metrics and trace export.

pub mod http_metrics;
pub mod request_id;
pub mod trace_export;
