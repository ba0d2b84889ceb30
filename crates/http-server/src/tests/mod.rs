//! Tests of slow clients, idle clients, and clients that connect during a shutdown.

mod linger;
mod permits;

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    http::StatusCode,
    routing::{get, post},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{ConnectionLimits, LingerLimits, ServeOutcome, serve};

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(100);
const LIMITS: ConnectionLimits = ConnectionLimits {
    connections: 16,
    per_client: 16,
    trusted: Vec::new(),
    client_key: |address| address,
    min_idle: LONG,
    grace: LONG,
    header_timeout: LONG,
    stall_timeout: LONG,
    linger: LingerLimits { connections: 16, bytes: 16 << 20, time: LONG, pause: LONG },
};
/// Size of a response body in bytes. The body is larger than any socket buffer.
const LARGE: usize = 32 << 20;

/// Running server with the channels that control the server.
struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    /// Receives a message when the server calls `on_stop`.
    stopping: oneshot::Receiver<()>,
    force: oneshot::Sender<()>,
    /// Receives one message for each request that arrives at `/held`.
    reached: mpsc::UnboundedReceiver<()>,
    /// Each message lets one request at `/held` finish.
    release: mpsc::UnboundedSender<()>,
    outcome: JoinHandle<ServeOutcome>,
}

async fn start(limits: ConnectionLimits) -> Server {
    let (arrived, reached) = mpsc::unbounded_channel();
    let (release, gate) = mpsc::unbounded_channel::<()>();
    let gate = std::sync::Arc::new(tokio::sync::Mutex::new(gate));
    let held = async move || {
        let _ = arrived.send(());
        gate.lock().await.recv().await;
        "held"
    };
    let read = async |body: Result<Bytes, _>| if body.is_ok() { StatusCode::OK } else { StatusCode::REQUEST_TIMEOUT };
    let app = Router::new()
        .route("/", get("ok").post(read))
        .route("/held", get(held))
        .route("/rejected", post(async || (StatusCode::PAYLOAD_TOO_LARGE, "rejected")))
        .route("/large", get(async || vec![b'x'; LARGE]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ((stop, stopped), (force, forced)) = (oneshot::channel(), oneshot::channel());
    let (shown, stopping) = oneshot::channel();
    let on_stop = move || shown.send(()).unwrap_or_default();
    // A test may drop a sender without sending. This must not stop the server.
    let sent = async |handle: oneshot::Receiver<()>| {
        if handle.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome =
        tokio::task::spawn_local(
            async move { serve(listener, app, limits, sent(stopped), on_stop, sent(forced)).await },
        );
    Server { address, stop, stopping, force, reached, release, outcome }
}

impl Server {
    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }
}

/// Reads all bytes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // Ignores the error of an aborted connection, because the tests check the bytes that arrive before the error.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// Runs a test with server and client on one thread.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async { tokio::time::timeout(LONG, test).await.unwrap() });
}

#[test]
fn connection_is_closed_when_no_complete_header_arrives() {
    run(async {
        let server = start(ConnectionLimits { header_timeout: SHORT, ..LIMITS }).await;
        for beginning in ["", "GET / HTTP/1.1\r\nHo"] {
            assert_eq!(rest(&mut server.send(beginning).await).await, "");
        }
    });
}

#[test]
fn handler_gets_an_error_when_a_body_pauses() {
    run(async {
        let server = start(ConnectionLimits { stall_timeout: SHORT, ..LIMITS }).await;
        let mut stream = server.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await;
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 408"));
    });
}

#[test]
fn connection_is_closed_when_the_client_takes_no_bytes() {
    run(async {
        let server =
            start(ConnectionLimits { stall_timeout: SHORT, header_timeout: SHORT, connections: 1, ..LIMITS }).await;
        let _silent = server.send(&request("/large")).await;
        // The only permit is free again, so that the server accepts this connection.
        assert!(rest(&mut server.send(&request("/")).await).await.ends_with("ok"));
    });
}

#[test]
fn connection_above_the_limit_is_served_when_a_permit_is_free() {
    run(async {
        let mut server = start(ConnectionLimits { connections: 1, header_timeout: SHORT, ..LIMITS }).await;
        let mut first = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        let mut second = server.send(&request("/held")).await;
        assert!(server.reached.try_recv().is_err());
        server.release.send(()).unwrap();
        server.release.send(()).unwrap();
        assert!(rest(&mut first).await.ends_with("held"));
        assert!(rest(&mut second).await.ends_with("held"));
    });
}

#[test]
fn stop_closes_idle_connections_and_lets_a_request_finish() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut idle = server.send(&request("/")).await;
        idle.read_exact(&mut [0; 12]).await.unwrap();
        let (mut silent, mut half) = (server.send("").await, server.send("GET / HT").await);
        let mut running = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        for stream in [&mut idle, &mut silent, &mut half] {
            rest(stream).await;
        }
        server.release.send(()).unwrap();
        assert!(rest(&mut running).await.ends_with("held"));
        assert_eq!(server.outcome.await.unwrap().aborted, 0);
    });
}

#[test]
fn stop_lets_a_client_take_a_response_to_its_last_byte() {
    run(async {
        let server = start(LIMITS).await;
        let mut slow = server.send(&request("/large")).await;
        slow.read_exact(&mut [0; 12]).await.unwrap();
        server.stop.send(()).unwrap();
        // Waits for several checks for idle connections. The checks must not close this connection.
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(rest(&mut slow).await.len() > LARGE);
        assert_eq!(server.outcome.await.unwrap().aborted, 0);
    });
}

#[test]
fn request_is_aborted_and_counted_when_the_grace_period_ends() {
    run(async {
        let mut server = start(ConnectionLimits { grace: SHORT, ..LIMITS }).await;
        let mut stuck = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        assert_eq!(rest(&mut stuck).await, "");
        let outcome = server.outcome.await.unwrap();
        assert_eq!((outcome.aborted, outcome.forced), (1, false));
    });
}

#[test]
fn force_aborts_requests_at_once() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut stuck = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        server.force.send(()).unwrap();
        assert_eq!(rest(&mut stuck).await, "");
        let outcome = server.outcome.await.unwrap();
        assert_eq!((outcome.aborted, outcome.forced), (1, true));
    });
}

#[test]
fn stop_accepts_a_probe_while_a_request_finishes() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut running = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        let Server { address, stop, stopping, outcome, release, .. } = server;
        stop.send(()).unwrap();
        stopping.await.unwrap();
        let mut probe = TcpStream::connect(address).await.unwrap();
        probe.write_all(request("/").as_bytes()).await.unwrap();
        assert!(rest(&mut probe).await.ends_with("ok"));
        release.send(()).unwrap();
        assert!(rest(&mut running).await.ends_with("held"));
        assert_eq!(outcome.await.unwrap().aborted, 0);
    });
}

#[test]
fn stop_serves_connections_in_the_kernel_queue() {
    run(async {
        // Repeats the test, because a single run may succeed by chance.
        for _ in 0..20 {
            let server = start(LIMITS).await;
            // Uses a blocking stream, so that the server cannot accept while this thread connects and sends.
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            std::io::Write::write_all(&mut stream, request("/").as_bytes()).unwrap();
            server.stop.send(()).unwrap();
            stream.set_nonblocking(true).unwrap();
            let response = rest(&mut TcpStream::from_std(stream).unwrap()).await;
            assert!(response.contains("\r\nconnection: close\r\n") && response.ends_with("ok"), "{response:?}");
            assert_eq!(server.outcome.await.unwrap().aborted, 0);
        }
    });
}

#[test]
fn stop_serves_a_first_request_that_is_on_its_way_and_closes_the_connection() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut fresh = server.send("").await;
        let mut running = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        server.stopping.await.unwrap();
        fresh.write_all(request("/").as_bytes()).await.unwrap();
        let response = rest(&mut fresh).await;
        assert_eq!(response.matches("connection: close").count(), 1, "{response}");
        server.release.send(()).unwrap();
        assert!(rest(&mut running).await.ends_with("held"));
    });
}
