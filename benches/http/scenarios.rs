//! Scenarios: the requests that the bench sends, and the required ratio.

use serde_json::json;

use super::support::{account::PASSWORD, numbers::text_argument, server::Outcome};

/// E-mail address of the account that logs in.
pub const EMAIL: &str = "ada@example.org";

/// One request, which `wrk` sends repeatedly.
pub struct Scenario {
    pub name: &'static str,
    pub path: &'static str,
    /// JSON body of a `POST` request. `None` means a `GET` request.
    pub body: Option<String>,
    /// Status of the responses. The first response may have another status.
    pub status: u16,
    /// Number of concurrent connections.
    pub connections: u16,
    /// Minimum ratio of the requests per second: Ballast divided by the server `logged`.
    pub min_ratio: f64,
    /// Remark in the report, or an empty text.
    pub remark: &'static str,
    /// Whether a probe measures the response times of `GET /api/v1/health` during the load.
    pub probes_health: bool,
}

/// Returns the scenario that the argument `--only` names, or all scenarios without the argument.
pub fn selected() -> Outcome<Vec<Scenario>> {
    let only = text_argument("--only");
    let mut scenarios = all();
    scenarios.retain(|scenario| only.as_deref().is_none_or(|name| name == scenario.name));
    if scenarios.is_empty() {
        let names: Vec<_> = all().iter().map(|scenario| scenario.name).collect();
        return Err(format!("`--only` must be one of: {}", names.join(", ")).into());
    }
    Ok(scenarios)
}

fn all() -> Vec<Scenario> {
    let get = |name, path, min_ratio| Scenario {
        name,
        path,
        body: None,
        status: 200,
        connections: 64,
        min_ratio,
        remark: "",
        probes_health: false,
    };
    let post = |name, path, body: serde_json::Value, status, min_ratio| Scenario {
        body: Some(body.to_string()),
        status,
        ..get(name, path, min_ratio)
    };
    let invalid = json!({ "name": "", "email": "ada", "password": "short" });
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    vec![
        get("health", "/api/v1/health", 0.95),
        get("health/live", "/api/v1/health/live", 0.7),
        post("validation error", "/api/v1/auth/register", invalid, 422, 0.8),
        Scenario {
            remark: "Ballast caches the session, because no process commits during this load.",
            ..get("auth/me", "/api/v1/auth/me", 0.75)
        },
        post("rate limit", "/api/v1/auth/forgot", json!({ "email": EMAIL }), 429, 0.8),
        Scenario { connections: 32, probes_health: true, ..post("login", "/api/v1/auth/login", login, 200, 1.0) },
    ]
}
