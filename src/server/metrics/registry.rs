//! Registers the metrics: counters that are updated continuously, and values that are read on each scrape.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use sliding_window::StoreReport;

use crate::{clock, initializers::logging, password::Hasher, rate_limits::RateLimits, services::Services};

/// Registers all metrics of this process.
pub fn build(services: &Services) -> Registry {
    let mut registry = Registry::default();
    let own = registry.sub_registry_with_prefix("ballast");
    if let Some(http_metrics) = &services.http_metrics {
        http_metrics.clone().register(own);
    }
    let (limits, hasher) = (Arc::clone(&services.rate_limits), services.auth.hasher.clone());
    own.register_collector(Box::new(ServiceMetrics { limits, hasher }));
    let started = SystemTime::from(clock::now()).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    // Registers this metric without a prefix, because every Prometheus client uses this name.
    registry.register_collector(Box::new(StartTime(started)));
    registry
}

#[derive(Debug)]
struct StartTime(f64);

impl Collector for StartTime {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        gauge(&mut encoder, "process_start_time_seconds", "Unix time at which the process started to serve", self.0)
    }
}

/// Metrics that are read from the services on each scrape.
struct ServiceMetrics {
    limits: Arc<RateLimits>,
    hasher: Hasher,
}

impl fmt::Debug for ServiceMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceMetrics")
    }
}

impl Collector for ServiceMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let out = &mut encoder;
        counter(
            out,
            "log_lines_dropped",
            "Log lines that were dropped because standard output was not read in time",
            logging::dropped_lines(),
        )?;
        gauge(out, "password_hashes_waiting", "Hashes in the queue", to_f64(self.hasher.waiting()))?;
        decisions(out, &self.limits)?;
        store(out, &self.limits.report())
    }
}

fn decisions(out: &mut DescriptorEncoder<'_>, limits: &RateLimits) -> fmt::Result {
    let kind = ConstCounter::new(0_u64).metric_type();
    let help = "Requests admitted and rejected under each policy";
    let mut family = out.encode_descriptor("rate_limit_decisions", help, None, kind)?;
    for (policy, admitted, rejected) in limits.counters() {
        for (outcome, count) in [("admitted", admitted), ("refused", rejected)] {
            let labels = [("policy", policy), ("outcome", outcome)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn store(out: &mut DescriptorEncoder<'_>, report: &StoreReport) -> fmt::Result {
    let memory = report.memory;
    counter(out, "rate_limit_store_errors", "Failed calls of the shared store", report.errors)?;
    counter(
        out,
        "rate_limit_fallbacks",
        "Requests decided in memory because the shared store failed",
        report.fallbacks,
    )?;
    gauge(
        out,
        "rate_limit_fallback_active",
        "1 while requests are decided in memory because the shared store failed",
        f64::from(report.fallback_active),
    )?;
    gauge(out, "rate_limit_keys", "Keys held in memory", to_f64(memory.keys))?;
    counter(out, "rate_limit_keys_expired", "Keys dropped because their timestamps have expired", memory.expired)?;
    counter(out, "rate_limit_keys_evicted", "Keys evicted because the store was full", memory.evicted)?;
    counter(
        out,
        "rate_limit_overflowed",
        "Requests of new keys that were counted in the overflow bucket of their policy",
        memory.overflowed,
    )
}

fn counter(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let counter = ConstCounter::new(value);
    counter.encode(out.encode_descriptor(name, help, None, counter.metric_type())?)
}

fn gauge(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(out.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// Converts a count to a gauge value. The result is exact below 2^32, and all counts are below 2^32.
fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
