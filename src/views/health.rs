//! How the service is, on the wire.

use std::collections::BTreeMap;

use serde::Serialize;

use super::errors::{ErrorBody, ErrorInfo};
use crate::errors::{AppError, Code};

/// How the whole, or a part of it, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Something is gone that the service can do without for a while.
    Degraded,
    /// It cannot serve.
    Unavailable,
}

/// One part.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Check {
    pub status: Status,
    /// How long the part took to answer.
    #[schema(example = 0.21)]
    pub latency_ms: f64,
}

/// The whole.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HealthView {
    pub status: Status,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// The commit that this was built from.
    #[schema(example = "4ce6d795a1b2")]
    pub commit: &'static str,
    /// Why it cannot serve although its parts answer: `migrations_pending`, `migrations_unknown` or `stopping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Where it cannot serve: the same as of every failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
    /// Every part by name: `database`, `queue`, `rate_limits`, `storage`.
    pub checks: BTreeMap<&'static str, Check>,
}

/// The process runs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LiveView {
    pub status: Status,
}

impl HealthView {
    /// As bad as its worst part; unavailable where there is a reason not to serve.
    #[must_use]
    pub fn new(checks: BTreeMap<&'static str, Check>, reason: Option<&'static str>) -> Self {
        let worst = checks.values().map(|check| check.status).max().unwrap_or(Status::Ok);
        let status = if reason.is_some() { Status::Unavailable } else { worst };
        let error =
            (status == Status::Unavailable).then(|| ErrorBody::from(&AppError::new(Code::ServiceUnavailable)).error);
        Self { status, version: env!("CARGO_PKG_VERSION"), commit: env!("BALLAST_COMMIT"), reason, error, checks }
    }
}
