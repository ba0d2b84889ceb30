//! What is shown: the series that are counted where they happen, and those that are read when asked for.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use loco_rs::app::AppContext;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use sliding_window::StoreReport;

use crate::{clock, initializers::logging, middleware::rate_limit::Limits, password::Hasher, traffic::Traffic};

/// Everything this process shows.
pub fn all(ctx: &AppContext) -> Registry {
    let mut registry = Registry::default();
    let own = registry.sub_registry_with_prefix("ballast");
    if let Some(traffic) = ctx.shared_store.get::<Traffic>() {
        traffic.register(own);
    }
    own.register_collector(Box::new(Read { limits: ctx.shared_store.get(), hasher: ctx.shared_store.get() }));
    let started = SystemTime::from(clock::now()).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    // Named as every Prometheus client names it.
    registry.register_collector(Box::new(Started(started)));
    registry
}

#[derive(Debug)]
struct Started(f64);

impl Collector for Started {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        gauge(&mut encoder, "process_start_time_seconds", "When the process began to serve", self.0)
    }
}

/// Read from the parts themselves, whenever somebody asks.
struct Read {
    limits: Option<Arc<Limits>>,
    hasher: Option<Hasher>,
}

impl fmt::Debug for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Read")
    }
}

impl Collector for Read {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let out = &mut encoder;
        counter(out, "log_lines_dropped", "Log lines that nobody read in time", logging::dropped())?;
        if let Some(hasher) = &self.hasher {
            gauge(out, "password_hashes_waiting", "Hashes in the queue", to_f64(hasher.waiting()))?;
        }
        if let Some(limits) = &self.limits {
            decisions(out, limits)?;
            store(out, &limits.report())?;
        }
        Ok(())
    }
}

fn decisions(out: &mut DescriptorEncoder<'_>, limits: &Limits) -> fmt::Result {
    let kind = ConstCounter::new(0_u64).metric_type();
    let help = "Requests admitted and refused under each policy";
    let mut family = out.encode_descriptor("rate_limit_decisions", help, None, kind)?;
    for (policy, admitted, refused) in limits.tally() {
        for (outcome, count) in [("admitted", admitted), ("refused", refused)] {
            let labels = [("policy", policy), ("outcome", outcome)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn store(out: &mut DescriptorEncoder<'_>, report: &StoreReport) -> fmt::Result {
    let memory = report.memory;
    counter(out, "rate_limit_store_errors", "Questions the shared store did not answer", report.errors)?;
    counter(out, "rate_limit_fallbacks", "Requests decided in memory in the shared store's place", report.fallbacks)?;
    gauge(
        out,
        "rate_limit_alone",
        "1 while memory decides in the shared store's place",
        f64::from(report.fallback_active),
    )?;
    gauge(out, "rate_limit_keys", "Keys held in memory", to_f64(memory.keys))?;
    counter(out, "rate_limit_keys_expired", "Keys dropped because no window held them", memory.expired)?;
    counter(out, "rate_limit_keys_evicted", "Keys dropped to make room", memory.evicted)?;
    counter(out, "rate_limit_overflowed", "Requests of new keys that shared their policy's one key", memory.overflowed)
}

fn counter(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let counter = ConstCounter::new(value);
    counter.encode(out.encode_descriptor(name, help, None, counter.metric_type())?)
}

fn gauge(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(out.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// Exact up to what no process holds.
fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
