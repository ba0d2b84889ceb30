//! Exports requests and jobs to a collector as OpenTelemetry spans.
//!
//! The trace ID is the request ID. One ID therefore finds the response, the log lines, the jobs and the trace. Trace
//! headers of clients are ignored, because a client could otherwise add spans to the traces of other clients.

use std::{
    collections::HashMap,
    fmt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _},
};
use opentelemetry_otlp::{ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        IdGenerator, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter as Exporter,
    },
};
use parking_lot::Mutex;

use crate::{clock, telemetry::request_id};

/// Maximum response time of the collector.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum time to export the remaining spans at the end of the process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// All exporters of the process, because a worker process has no other reference to its exporters when it ends. Loco
/// creates its context twice, so that a process has two exporters.
static EXPORTERS: Mutex<Vec<TraceExporter>> = Mutex::new(Vec::new());

/// Closes all exporters of the process. Blocks the thread.
pub fn close_opened() {
    let exporters = std::mem::take(&mut *EXPORTERS.lock());
    exporters.iter().for_each(TraceExporter::close);
}

/// Exporter of spans: a bounded queue and a thread that sends the spans. Drops spans if the queue is full. Clones share
/// the queue.
#[derive(Clone)]
pub struct TraceExporter {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl TraceExporter {
    /// Starts an exporter to the collector at `endpoint` (`http://HOST:4318`). The exporter sends OTLP over HTTP in
    /// protobuf, with `headers` in each request.
    ///
    /// # Errors
    /// Returns an error if the endpoint is invalid.
    pub fn open(endpoint: &str, headers: HashMap<String, String>) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_headers(headers)
            .with_timeout(EXPORT_TIMEOUT)
            // Does not retry, because there is no time for retries at the end of the process.
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_id_generator(RequestIds::default())
            // Samples all spans, because ratio samplers require random bits that a UUID version 7 does not have.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(Resource::builder().with_service_name(env!("CARGO_PKG_NAME")).build())
            .with_batch_exporter(LoggingExporter { exporter, lost: AtomicBool::new(false) })
            .build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        let exporter = Self { provider, tracer };
        EXPORTERS.lock().push(exporter.clone());
        Ok(exporter)
    }

    /// Exports a request. The task that served the request must call this function. The span contains the route instead
    /// of the path, because the path may contain personal data.
    pub fn request(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let mut attributes = vec![
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        self.export_span(name, SpanKind::Server, attributes, took, status >= 500);
    }

    /// Exports an attempt of a job. The task that ran the attempt must call this function.
    pub fn job(&self, job: &'static str, took: Duration, failed: bool) {
        self.export_span(job.to_owned(), SpanKind::Consumer, Vec::new(), took, failed);
    }

    fn export_span(&self, name: String, kind: SpanKind, attributes: Vec<KeyValue>, took: Duration, failed: bool) {
        let end = SystemTime::from(clock::now());
        let start = end.checked_sub(took).unwrap_or(end);
        let span = self.tracer.span_builder(name).with_kind(kind).with_start_time(start).with_attributes(attributes);
        let mut span = self.tracer.build_with_context(span, &Context::new());
        if failed {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }

    /// Sends the remaining spans for at most one second, and then stops the exporter. Blocks the thread.
    pub fn close(&self) {
        // Ignores errors, because `LoggingExporter` has already logged failed exports.
        let _ = self.provider.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// Generator that uses the request ID as trace ID. Other IDs are random.
#[derive(Debug, Default)]
struct RequestIds(RandomIdGenerator);

impl IdGenerator for RequestIds {
    fn new_trace_id(&self) -> TraceId {
        let request = request_id::current().map(|id| TraceId::from_bytes(id.uuid().into_bytes()));
        request.unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> opentelemetry::SpanId {
        self.0.new_span_id()
    }
}

/// Exporter that logs when exports start to fail, and when exports succeed again.
struct LoggingExporter<E> {
    exporter: E,
    /// Whether the last export failed.
    lost: AtomicBool,
}

impl<E> fmt::Debug for LoggingExporter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggingExporter").field("lost", &self.lost).finish_non_exhaustive()
    }
}

impl<E: Exporter> Exporter for LoggingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        match (&sent, self.lost.swap(sent.is_err(), Relaxed)) {
            (Err(error), false) => tracing::warn!(event = "trace_export_failed", %error, "exporting traces failed"),
            (Ok(()), true) => tracing::info!(event = "trace_export_recovered", "exporting traces succeeded again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
