//! Serves one connection under deadlines for everything a slow or silent client could draw out.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, pin, sync::watch, time::sleep};
use tokio_io_timeout::TimeoutStream;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use super::{in_flight::InFlight, sending::Sending};
use crate::settings;

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

/// What connections may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
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
    pub const fn new(settings: &settings::Serving) -> Self {
        Self {
            connections: settings.max_connections,
            grace: Duration::from_secs(settings.shutdown_grace_seconds),
            headers: HEADER_TIMEOUT,
            stall: STALL,
        }
    }
}

/// Serves a connection to its end; once `stopped`, to the end of the request that runs. Its requests
/// count among `requests`.
pub async fn serve(
    stream: TcpStream,
    app: Router,
    limits: Limits,
    requests: TaskTracker,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stall));
    let in_flight = InFlight::new(requests);
    let service = {
        let (in_flight, stopped) = (in_flight.clone(), stopped.clone());
        service_fn(move |request| answer(app.clone(), request, peer, limits.stall, in_flight.clone(), stopped.clone()))
    };
    let sending = Sending::default();
    // One request for whoever comes while the process stops.
    let late = *stopped.borrow();
    let io = TokioIo::new(sending.watch(Box::pin(stream)));
    let served = builder(limits).keep_alive(!late).serve_connection(io, service);
    pin!(served);
    tokio::select! {
        // Errors here are the client's: it left, or was too slow. Its request has its own line.
        _ = served.as_mut() => return,
        // At once for whoever comes late.
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    // Asked to stop as well, hyper would hang up on a connection whose first request is on its way.
    if in_flight.begun() {
        served.as_mut().graceful_shutdown();
    }
    tokio::select! {
        // First the connection, so that what it could send at once has been sent when it is judged.
        biased;
        _ = served.as_mut() => {}
        // Half a header, or nothing at all: no request that anybody waits for.
        () = idle(&in_flight, &sending) => {}
    }
}

async fn idle(in_flight: &InFlight, sending: &Sending) {
    loop {
        sleep(PARTING).await;
        if in_flight.none() && !sending.waits() {
            return;
        }
    }
}

fn builder(limits: Limits) -> http1::Builder {
    // Not hyper-util's automatic builder: it waits for the first bytes without any deadline.
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_FIELDS);
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
