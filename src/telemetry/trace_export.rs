//! Tells a collector of requests and jobs, as spans of OpenTelemetry.
//!
//! A trace's id is the request's own: one number leads from an answer to its log lines, its jobs and its
//! trace. What a client says of traces is not believed, so that nobody can write into another's.

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

/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the process waits for what has not been told yet.
const PARTING: Duration = Duration::from_secs(1);

/// All of the process, for its end, at which nobody else may be there who has them. Loco makes its context
/// twice, so there are two.
static OPENED: Mutex<Vec<TraceExporter>> = Mutex::new(Vec::new());

/// Closes what the process has opened. It blocks its thread.
pub fn close_opened() {
    let opened = std::mem::take(&mut *OPENED.lock());
    opened.iter().for_each(TraceExporter::close);
}

/// The spans on their way: a bounded queue and a thread that sends them; what has no room in it is dropped.
/// Clones share it.
#[derive(Clone)]
pub struct TraceExporter {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl TraceExporter {
    /// Sends to the collector at this address, `http://HOST:4318`, by OTLP over HTTP in protobuf, each message
    /// with these headers.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn open(endpoint: &str, headers: HashMap<String, String>) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_headers(headers)
            .with_timeout(PATIENCE)
            // The next batch is the next try: at the end of the process there is no time for more.
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_id_generator(RequestIds::default())
            // Samplers by share count on ids that are random all over, which a UUID is not.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(Resource::builder().with_service_name(env!("CARGO_PKG_NAME")).build())
            .with_batch_exporter(LoggingExporter { exporter, lost: AtomicBool::new(false) })
            .build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        let opened = Self { provider, tracer };
        OPENED.lock().push(opened.clone());
        Ok(opened)
    }

    /// A request that has been answered, to be told by the task that served it. By its route, never its path:
    /// what is in that is nobody's business elsewhere.
    pub fn request(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let mut facts = vec![
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        facts.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        self.tell(name, SpanKind::Server, facts, took, status >= 500);
    }

    /// An attempt at a job, to be told by the task that made it.
    pub fn job(&self, job: &'static str, took: Duration, failed: bool) {
        self.tell(job.to_owned(), SpanKind::Consumer, Vec::new(), took, failed);
    }

    fn tell(&self, name: String, kind: SpanKind, facts: Vec<KeyValue>, took: Duration, failed: bool) {
        let end = SystemTime::from(clock::now());
        let begun = end.checked_sub(took).unwrap_or(end);
        let span = self.tracer.span_builder(name).with_kind(kind).with_start_time(begun).with_attributes(facts);
        let mut span = self.tracer.build_with_context(span, &Context::new());
        if failed {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }

    /// Sends what is left, for a second at most, and nothing any more afterwards. It blocks its thread.
    pub fn close(&self) {
        // What is lost then has been said, or would come too late to be.
        let _ = self.provider.shutdown_with_timeout(PARTING);
    }
}

/// TraceExporter with the ids of requests; other ids are random.
#[derive(Debug, Default)]
struct RequestIds(RandomIdGenerator);

impl IdGenerator for RequestIds {
    fn new_trace_id(&self) -> TraceId {
        let own = request_id::current().map(|id| TraceId::from_bytes(id.uuid().into_bytes()));
        own.unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> opentelemetry::SpanId {
        self.0.new_span_id()
    }
}

/// Says once that spans are lost, and once that they arrive again.
struct LoggingExporter<E> {
    exporter: E,
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
            (Err(error), false) => {
                tracing::warn!(event = "trace_export_failed", %error, "the collector takes no traces")
            }
            (Ok(()), true) => tracing::info!(event = "trace_export_recovered", "the collector takes traces again"),
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
