//! Health of the service as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::errors::{ErrorBody, ErrorInfo};
use crate::errors::{AppError, Code};

/// Health of the service or of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// A dependency has failed, but the service works without this dependency for some time.
    Degraded,
    /// The service cannot serve requests.
    Unavailable,
}

/// Health of a dependency.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Check {
    pub status: Status,
    /// Response time of the dependency in milliseconds.
    #[schema(example = 0.21)]
    pub latency_ms: f64,
}

/// Health of the service and of its dependencies.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HealthView {
    pub status: Status,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Git commit of the build.
    #[schema(example = "4ce6d795a1b2")]
    pub commit: &'static str,
    /// Reason of unavailability besides the dependencies: `migrations_pending`, `migrations_unknown` or `stopping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The error if the service is unavailable, in the format of every error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
    /// Dependencies by name: `database`, `queue`, `rate_limits`, `storage`.
    pub checks: BTreeMap<&'static str, Check>,
}

/// Response of a running process.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LiveView {
    pub status: Status,
}

impl HealthView {
    /// Creates the view. If `reason` is set, the status is `unavailable`. Otherwise, the status is the worst status in
    /// `checks`.
    #[must_use]
    pub fn new(checks: BTreeMap<&'static str, Check>, reason: Option<&'static str>) -> Self {
        let worst = checks.values().map(|check| check.status).max().unwrap_or(Status::Ok);
        let status = if reason.is_some() { Status::Unavailable } else { worst };
        let error =
            (status == Status::Unavailable).then(|| ErrorBody::from(&AppError::new(Code::ServiceUnavailable)).error);
        Self { status, version: env!("CARGO_PKG_VERSION"), commit: env!("BALLAST_COMMIT"), reason, error, checks }
    }
}
