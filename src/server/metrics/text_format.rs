//! Prometheus text format 0.0.4. In this format, all lines of a counter contain the name with `_total`. In OpenMetrics,
//! only the sample lines do, and the `HELP` and `TYPE` lines contain the name without `_total`.

use std::collections::HashSet;

/// Converts OpenMetrics text to the Prometheus text format. Supports counters, gauges and histograms.
pub fn from_openmetrics(text: &str) -> String {
    let counters: HashSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    text.lines().filter(|line| *line != "# EOF").map(|line| converted(line, &counters) + "\n").collect()
}

/// Appends `_total` to the name in a `HELP` or `TYPE` line of a counter.
fn converted(line: &str, counters: &HashSet<&str>) -> String {
    let mut words = line.splitn(4, ' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("#"), Some(keyword @ ("HELP" | "TYPE")), Some(name), Some(rest)) if counters.contains(name) => {
            format!("# {keyword} {name}_total {rest}")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use prometheus_client::{
        encoding::text::encode,
        metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
        registry::Registry,
    };

    use super::from_openmetrics;

    /// Returns the metrics of each type as OpenMetrics text.
    fn openmetrics() -> String {
        let mut registry = Registry::with_prefix("ballast");
        let requests = Family::<[(&str, &str); 1], Counter>::default();
        requests.get_or_create(&[("route", "# TYPE ballast_keys counter")]).inc();
        registry.register("requests", "Responses; # TYPE of each", requests);
        let duration = Histogram::new([0.5]);
        duration.observe(0.25);
        registry.register("duration_seconds", "Duration of responses", duration);
        let keys: Gauge = Gauge::default();
        registry.register("keys", "Keys of a counter", keys);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn openmetrics_declares_counters_without_total_and_ends_with_eof() {
        assert_snapshot!(openmetrics(), @r##"
        # HELP ballast_requests Responses; # TYPE of each.
        # TYPE ballast_requests counter
        ballast_requests_total{route="# TYPE ballast_keys counter"} 1
        # HELP ballast_duration_seconds Duration of responses.
        # TYPE ballast_duration_seconds histogram
        ballast_duration_seconds_sum 0.25
        ballast_duration_seconds_count 1
        ballast_duration_seconds_bucket{le="0.5"} 1
        ballast_duration_seconds_bucket{le="+Inf"} 1
        # HELP ballast_keys Keys of a counter.
        # TYPE ballast_keys gauge
        ballast_keys 0
        # EOF
        "##);
    }

    #[test]
    fn text_format_declares_counters_with_total() {
        assert_snapshot!(from_openmetrics(&openmetrics()), @r##"
        # HELP ballast_requests_total Responses; # TYPE of each.
        # TYPE ballast_requests_total counter
        ballast_requests_total{route="# TYPE ballast_keys counter"} 1
        # HELP ballast_duration_seconds Duration of responses.
        # TYPE ballast_duration_seconds histogram
        ballast_duration_seconds_sum 0.25
        ballast_duration_seconds_count 1
        ballast_duration_seconds_bucket{le="0.5"} 1
        ballast_duration_seconds_bucket{le="+Inf"} 1
        # HELP ballast_keys Keys of a counter.
        # TYPE ballast_keys gauge
        ballast_keys 0
        "##);
    }
}
