//! Serves one connection with separate timeouts for headers, request bodies and responses.

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch, time::sleep};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use crate::{
    connection_table::Activity,
    drain::{MonitoredStream, RequestGuard},
    limits::ConnectionLimits,
    linger::{Exchange, Lingering, Stream},
};

/// Maximum size of the request line and the headers together, in bytes. If they are larger, hyper responds with 431.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Maximum number of header fields of a request. If a request has more fields, hyper responds with 431.
const MAX_HEADER_FIELDS: usize = 64;
/// Interval between two checks for idle connections during a shutdown.
const IDLE_CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Address of a client, and the stall timeout for the request bodies of the client.
#[derive(Clone, Copy)]
struct Client {
    peer: SocketAddr,
    stall_timeout: Duration,
}

/// Serves a connection until it ends.
///
/// During a shutdown, or if the accept loop requests a close, closes the connection after the running request.
pub async fn serve(
    stream: TcpStream,
    app: Router,
    limits: Arc<ConnectionLimits>,
    lingering: Arc<Lingering>,
    activity: Activity,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Disables Nagle's algorithm, because it would delay responses. Each response is written as a whole.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    let stall_timeout = limits.stall_timeout;
    stream.set_write_timeout(Some(stall_timeout));
    let exchange = Exchange::default();
    let service = {
        let (in_flight, stopped, exchange) = (activity.in_flight.clone(), stopped.clone(), exchange.clone());
        let client = Client { peer, stall_timeout };
        service_fn(move |request| {
            respond(app.clone(), request, client, in_flight.enter(), exchange.clone(), stopped.clone())
        })
    };
    // Serves only one request on a connection that is accepted during a shutdown.
    let keep_alive = !*stopped.borrow();
    let io = TokioIo::new(activity.writes.monitor(Box::pin(stream), exchange.clone()));
    let mut served = builder(limits.header_timeout).keep_alive(keep_alive).serve_connection(io, service);
    let ended = tokio::select! {
        // Polls the connection first, because a request that has arrived must be counted before the check for an
        // idle connection.
        biased;
        // Ignores errors, because the client disconnected or was too slow. The access log contains the request.
        _ = &mut served => true,
        // Resolves immediately for a connection that is accepted during a shutdown.
        _ = stopped.wait_for(|stopped| *stopped) => false,
        () = activity.close.notified() => if activity.idle_since().is_some() { return } else { false },
    };
    if ended {
        return close(served.into_parts().io, &exchange, &lingering, &activity, stopped).await;
    }
    // Skips hyper's graceful shutdown before the first request, because hyper would close the connection immediately.
    if activity.in_flight.had_request() {
        Pin::new(&mut served).graceful_shutdown();
    }
    tokio::select! {
        // Polls the connection first, so that pending bytes are sent before the check for an idle connection.
        biased;
        _ = &mut served => close(served.into_parts().io, &exchange, &lingering, &activity, stopped).await,
        // Drops the idle connection. No request is lost, because the client has sent no complete header.
        () = until_idle(&activity) => {}
    }
}

/// Closes a connection. Discards the rest of a rejected request first, unless the accept loop requests a close.
async fn close(
    io: TokioIo<MonitoredStream<Stream>>,
    exchange: &Exchange,
    lingering: &Lingering,
    activity: &Activity,
    stopped: watch::Receiver<bool>,
) {
    if exchange.is_rejected() {
        tokio::select! {
            () = lingering.close(io.into_inner().into_inner(), stopped) => {}
            () = activity.close.notified() => {}
        }
    }
}

/// Waits until the connection is idle. Checks the connection at regular intervals.
async fn until_idle(activity: &Activity) {
    loop {
        sleep(IDLE_CHECK_INTERVAL).await;
        if activity.idle_since().is_some() {
            return;
        }
    }
}

/// Creates hyper's HTTP/1 builder. The server does not use hyper-util's automatic builder, because that builder would
/// wait for the first bytes without a timeout.
fn builder(header_timeout: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder.max_buf_size(MAX_HEADER_BYTES).max_headers(MAX_HEADER_FIELDS);
    builder
}

/// Responds to one request. `guard` counts the request as running until the response ends.
async fn respond(
    app: Router,
    request: hyper::Request<Incoming>,
    client: Client,
    guard: RequestGuard,
    exchange: Exchange,
    stopped: watch::Receiver<bool>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let body = exchange.track(body);
    let is_large = body.is_too_large_to_drain();
    let body = if body.is_end_stream() {
        Body::empty()
    } else {
        Body::new(Box::pin(TimeoutBody::new(client.stall_timeout, body)))
    };
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(ConnectInfo(client.peer));
    let mut response = app.oneshot(request).await?;
    // Announces in the response that hyper will close the connection: during a shutdown, or if the body of a rejected
    // request is incomplete and too large to drain. After a success, only the end of a chunked body may be unread, and
    // hyper drains this end.
    let is_rejected = is_large && exchange.is_incomplete() && !response.status().is_success();
    if is_rejected || *stopped.borrow() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Body::new(guard.track(body))))
}
