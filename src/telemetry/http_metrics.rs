//! Counts responses by route, method and status, and measures their durations.

use std::time::Duration;

use axum::http::Method;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// Upper bounds of the buckets in the duration histogram, in seconds. The range extends from static responses to
/// timeouts.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Metrics of all responses. Clones share the metrics.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: Family<ResponseLabels, Counter>,
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
}

/// Labels of a request. `route` is the template of the route, because clients can request any number of paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
}

/// Labels of a response.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: String,
    status: u16,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        Self { requests: Family::default(), durations }
    }
}

impl HttpMetrics {
    /// Counts a response. `route` is `None` if no route matches the request.
    pub fn count(&self, method: &Method, route: Option<&str>, status: u16, took: Duration) {
        let (method, route) = (known(method), route.unwrap_or("none").to_owned());
        self.requests.get_or_create(&ResponseLabels { method, route: route.clone(), status }).inc();
        self.durations.get_or_create(&RequestLabels { method, route }).observe(took.as_secs_f64());
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Responses; 499 if the client disconnected", self.requests.clone());
        registry.register("http_request_duration_seconds", "Duration of responses", self.durations.clone());
    }
}

/// Returns the name of a standard method, or `other`, because clients can invent any number of methods.
#[must_use]
pub fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(metrics: &HttpMetrics) -> String {
        let (mut registry, mut text) = (Registry::default(), String::new());
        metrics.register(&mut registry);
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn count_adds_a_response_to_its_route_method_and_status() {
        let metrics = HttpMetrics::default();
        for _ in 0..3 {
            metrics.count(&Method::GET, Some("/documents/{id}"), 200, Duration::from_millis(4));
        }
        let text = encoded(&metrics);
        let labels = "method=\"GET\",route=\"/documents/{id}\"";
        assert!(text.contains(&format!("http_requests_total{{{labels},status=\"200\"}} 3\n")), "{text}");
        assert!(text.contains(&format!("http_request_duration_seconds_bucket{{le=\"0.005\",{labels}}} 3\n")), "{text}");
        assert!(
            text.contains(&format!("http_request_duration_seconds_bucket{{le=\"0.0025\",{labels}}} 0\n")),
            "{text}"
        );
    }

    #[test]
    fn count_adds_no_series_for_unknown_methods_and_paths() {
        let metrics = HttpMetrics::default();
        for number in 0..1000 {
            let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
            metrics.count(&method, None, 404, Duration::ZERO);
        }
        let text = encoded(&metrics);
        assert!(text.contains("http_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1000\n"), "{text}");
        assert!(text.lines().count() < 30, "{text}");
    }
}
