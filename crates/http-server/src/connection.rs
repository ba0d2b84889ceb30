//! Serves one connection with separate timeouts for headers, request bodies and responses.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

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
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use crate::{connection_table::Activity, drain::InFlight, limits::ConnectionLimits};

/// Maximum size of the request line and the headers together, in bytes. hyper responds to a larger request with 431.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Maximum number of header fields of a request. hyper responds to a request with more fields with 431.
const MAX_HEADER_FIELDS: usize = 64;
/// Interval between two checks for idle connections during a shutdown.
const IDLE_CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Serves a connection until it ends.
///
/// Closes the connection after the running request during a shutdown, or if the accept loop requests a close.
pub async fn serve(
    stream: TcpStream,
    app: Router,
    limits: Arc<ConnectionLimits>,
    activity: Activity,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Disables Nagle's algorithm, because it would delay responses. Each response is written as a whole.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    let stall_timeout = limits.stall_timeout;
    stream.set_write_timeout(Some(stall_timeout));
    let service = {
        let (in_flight, stopped) = (activity.in_flight.clone(), stopped.clone());
        service_fn(move |request| {
            respond(app.clone(), request, peer, stall_timeout, in_flight.clone(), stopped.clone())
        })
    };
    // Serves only one request on a connection that is accepted during a shutdown.
    let keep_alive = !*stopped.borrow();
    let io = TokioIo::new(activity.writes.monitor(Box::pin(stream)));
    let served = builder(limits.header_timeout).keep_alive(keep_alive).serve_connection(io, service);
    pin!(served);
    tokio::select! {
        // Polls the connection first, because a request that has arrived must count before the check for an
        // idle connection.
        biased;
        // Ignores errors, because the client disconnected or was too slow. The access log contains the request.
        _ = served.as_mut() => return,
        // Resolves immediately for a connection that is accepted during a shutdown.
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = activity.close.notified() => if activity.idle_since().is_some() { return },
    }
    // Requires a first request, because hyper would otherwise close a connection before its first request arrives.
    if activity.in_flight.had_request() {
        served.as_mut().graceful_shutdown();
    }
    tokio::select! {
        // Polls the connection first, so that pending bytes are sent before the check for an idle connection.
        biased;
        _ = served.as_mut() => {}
        // No request is lost, because the client has sent nothing or an incomplete header.
        () = until_idle(&activity) => {}
    }
}

/// Waits until the connection is idle during a check.
async fn until_idle(activity: &Activity) {
    loop {
        sleep(IDLE_CHECK_INTERVAL).await;
        if activity.idle_since().is_some() {
            return;
        }
    }
}

/// Creates hyper's HTTP/1 builder. The automatic builder of hyper-util would wait for the first bytes
/// without a timeout.
fn builder(header_timeout: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder.max_buf_size(MAX_HEADER_BYTES).max_headers(MAX_HEADER_FIELDS);
    builder
}

async fn respond(
    app: Router,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    stall_timeout: Duration,
    in_flight: InFlight,
    stopped: watch::Receiver<bool>,
) -> Result<Response, Infallible> {
    let guard = in_flight.enter();
    let mut request: Request = request.map(|body| Body::new(Box::pin(TimeoutBody::new(stall_timeout, body))));
    request.extensions_mut().insert(ConnectInfo(peer));
    let mut response = app.oneshot(request).await?;
    if *stopped.borrow() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Body::new(guard.track(body))))
}
