//! Serves one connection under deadlines for everything a slow or silent client could draw out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::{net::TcpStream, pin, sync::watch, time::sleep};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use super::{in_flight::InFlight, table::Activity};
use crate::settings::Settings;

/// How long headers may take to arrive, and how long a connection may stay silent between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a body may pause, and how long a client may take nothing of an answer.
const STALL: Duration = Duration::from_secs(10);
/// Bytes of a request's line and headers together at most; beyond, hyper answers 431 by itself.
const HEADER_BYTES: usize = 32 * 1024;
/// Header fields at most; beyond, hyper answers 431 by itself.
const HEADER_FIELDS: usize = 64;
/// What a connection without a running request gets to go by itself when the process stops.
const PARTING: Duration = Duration::from_millis(200);
/// How long a connection must be silent before it may be dropped in favor of a waiting one.
const SILENCE: Duration = Duration::from_secs(1);

/// What connections may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once per client address (IPv4 address or IPv6 /64).
    pub per_address: usize,
    /// Networks whose addresses have no limit of their own, because a proxy carries many clients.
    pub trusted: Vec<IpNet>,
    /// Time without a request after which a connection may be dropped in favor of a waiting one.
    pub silence: Duration,
    /// Time for running requests once the process is asked to stop.
    pub grace: Duration,
    /// Time for headers to arrive.
    pub headers: Duration,
    /// Time without progress of a body, either way.
    pub stall: Duration,
}

impl Limits {
    /// The limits that the settings ask for.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            connections: settings.serving.max_connections,
            per_address: settings.serving.max_connections_per_address,
            trusted: settings.trusted_networks(),
            silence: SILENCE,
            grace: settings.shutdown_grace(),
            headers: HEADER_TIMEOUT,
            stall: STALL,
        }
    }
}

/// Serves a connection to its end; once `stopped` or asked to close, to the end of the request in flight.
pub async fn serve(
    stream: TcpStream,
    app: Router,
    limits: Arc<Limits>,
    activity: Activity,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    let (headers, stall) = (limits.headers, limits.stall);
    stream.set_write_timeout(Some(stall));
    let service = {
        let (in_flight, stopped) = (activity.in_flight.clone(), stopped.clone());
        service_fn(move |request| answer(app.clone(), request, peer, stall, in_flight.clone(), stopped.clone()))
    };
    // One request for whoever comes while the process stops.
    let late = *stopped.borrow();
    let io = TokioIo::new(activity.sending.watch(Box::pin(stream)));
    let served = builder(headers).keep_alive(!late).serve_connection(io, service);
    pin!(served);
    tokio::select! {
        // The connection first, because a request that has arrived counts before the connection is judged silent.
        biased;
        // Errors here are the client's: it left, or was too slow. Its request has its own line.
        _ = served.as_mut() => return,
        // At once for whoever comes late.
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = activity.close.notified() => if activity.silent_since().is_some() { return },
    }
    // Asked to stop as well, hyper would hang up on a connection whose first request is on its way.
    if activity.in_flight.begun() {
        served.as_mut().graceful_shutdown();
    }
    tokio::select! {
        // First the connection, so that what it could send at once has been sent when it is judged.
        biased;
        _ = served.as_mut() => {}
        // Half a header, or nothing at all: no request that anybody waits for.
        () = idle(&activity) => {}
    }
}

async fn idle(activity: &Activity) {
    loop {
        sleep(PARTING).await;
        if activity.silent_since().is_some() {
            return;
        }
    }
}

fn builder(headers: Duration) -> http1::Builder {
    // Not hyper-util's automatic builder: it waits for the first bytes without any deadline.
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(headers).max_buf_size(HEADER_BYTES).max_headers(HEADER_FIELDS);
    builder
}

async fn answer(
    app: Router,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    stall: Duration,
    in_flight: InFlight,
    stopped: watch::Receiver<bool>,
) -> Result<Response, std::convert::Infallible> {
    let guard = in_flight.enter();
    let mut request: Request = request.map(|body| Body::new(Box::pin(TimeoutBody::new(stall, body))));
    request.extensions_mut().insert(ConnectInfo(peer));
    let mut response = app.oneshot(request).await?;
    if *stopped.borrow() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Body::new(guard.hold(body))))
}
