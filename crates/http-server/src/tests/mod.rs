//! What a client, slow or silent or just in time, sees of the server.

mod permits;

use std::time::Duration;

use axum::{Router, body::Bytes, http::StatusCode, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{Limits, Outcome, serve};

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(100);
const LIMITS: Limits = Limits {
    connections: 16,
    per_address: 16,
    trusted: Vec::new(),
    silence: LONG,
    grace: LONG,
    headers: LONG,
    stall: LONG,
};
/// Bytes of an answer that no socket's buffer holds.
const LARGE: usize = 32 << 20;

/// A server and the handles that a test pulls.
struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    /// Resolves when the stop shows.
    stopping: oneshot::Receiver<()>,
    hurry: oneshot::Sender<()>,
    /// One for each request that has reached `/held`.
    reached: mpsc::UnboundedReceiver<()>,
    /// Lets the request at `/held` go on.
    release: mpsc::UnboundedSender<()>,
    outcome: JoinHandle<Outcome>,
}

async fn start(limits: Limits) -> Server {
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
        .route("/large", get(async || vec![b'x'; LARGE]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ((stop, stopped), (hurry, hurried)) = (oneshot::channel(), oneshot::channel());
    let (shows, stopping) = oneshot::channel();
    let on_stop = move || shows.send(()).unwrap_or_default();
    // A handle that a test drops without pulling it never resolves.
    let pulled = async |handle: oneshot::Receiver<()>| {
        if handle.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome = tokio::task::spawn_local(async move {
        serve(listener, app, limits, pulled(stopped), on_stop, pulled(hurried)).await
    });
    Server { address, stop, stopping, hurry, reached, release, outcome }
}

impl Server {
    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }
}

/// All that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut may be reset; what came before counts.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// Runs a test in which server and client share a thread.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async { tokio::time::timeout(LONG, test).await.unwrap() });
}

#[test]
fn a_header_that_never_ends_and_silence_are_hung_up_on() {
    run(async {
        let server = start(Limits { headers: SHORT, ..LIMITS }).await;
        for beginning in ["", "GET / HTTP/1.1\r\nHo"] {
            assert_eq!(rest(&mut server.send(beginning).await).await, "");
        }
    });
}

#[test]
fn a_body_that_pauses_is_a_failure_its_handler_can_answer() {
    run(async {
        let server = start(Limits { stall: SHORT, ..LIMITS }).await;
        let mut stream = server.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await;
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 408"));
    });
}

#[test]
fn a_client_that_takes_nothing_loses_its_answer() {
    run(async {
        let server = start(Limits { stall: SHORT, headers: SHORT, connections: 1, ..LIMITS }).await;
        let _silent = server.send(&request("/large")).await;
        // With the one place given back, the next is served.
        assert!(rest(&mut server.send(&request("/")).await).await.ends_with("ok"));
    });
}

#[test]
fn one_too_many_is_served_when_a_place_is_free() {
    run(async {
        let mut server = start(Limits { connections: 1, headers: SHORT, ..LIMITS }).await;
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
fn a_stop_ends_idle_and_half_open_connections_and_lets_a_request_finish() {
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
        assert_eq!(server.outcome.await.unwrap().cut_off, 0);
    });
}

#[test]
fn a_stop_lets_an_answer_be_taken_to_its_last_byte() {
    run(async {
        let server = start(LIMITS).await;
        let mut slow = server.send(&request("/large")).await;
        slow.read_exact(&mut [0; 12]).await.unwrap();
        server.stop.send(()).unwrap();
        // Longer than a connection without a request is given.
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(rest(&mut slow).await.len() > LARGE);
        assert_eq!(server.outcome.await.unwrap().cut_off, 0);
    });
}

#[test]
fn what_outlasts_the_grace_is_cut_off_and_counted() {
    run(async {
        let mut server = start(Limits { grace: SHORT, ..LIMITS }).await;
        let mut stuck = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        assert_eq!(rest(&mut stuck).await, "");
        let outcome = server.outcome.await.unwrap();
        assert_eq!((outcome.cut_off, outcome.hurried), (1, false));
    });
}

#[test]
fn a_second_signal_does_not_wait() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut stuck = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        server.hurry.send(()).unwrap();
        assert_eq!(rest(&mut stuck).await, "");
        let outcome = server.outcome.await.unwrap();
        assert_eq!((outcome.cut_off, outcome.hurried), (1, true));
    });
}

#[test]
fn while_a_request_finishes_a_probe_is_still_answered() {
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
        assert_eq!(outcome.await.unwrap().cut_off, 0);
    });
}

#[test]
fn a_stop_resets_nobody_who_has_connected() {
    run(async {
        // Once could be luck.
        for _ in 0..20 {
            let server = start(LIMITS).await;
            // Not Tokio's: while this thread connects and sends, the server cannot accept.
            let mut stream = std::net::TcpStream::connect(server.address).unwrap();
            std::io::Write::write_all(&mut stream, request("/").as_bytes()).unwrap();
            server.stop.send(()).unwrap();
            stream.set_nonblocking(true).unwrap();
            let answer = rest(&mut TcpStream::from_std(stream).unwrap()).await;
            assert!(answer.contains("\r\nconnection: close\r\n") && answer.ends_with("ok"), "{answer:?}");
            assert_eq!(server.outcome.await.unwrap().cut_off, 0);
        }
    });
}

#[test]
fn a_first_request_that_is_on_its_way_is_answered_and_the_connection_closed() {
    run(async {
        let mut server = start(LIMITS).await;
        let mut fresh = server.send("").await;
        let mut running = server.send(&request("/held")).await;
        server.reached.recv().await.unwrap();
        server.stop.send(()).unwrap();
        server.stopping.await.unwrap();
        fresh.write_all(request("/").as_bytes()).await.unwrap();
        let answer = rest(&mut fresh).await;
        assert_eq!(answer.matches("connection: close").count(), 1, "{answer}");
        server.release.send(()).unwrap();
        assert!(rest(&mut running).await.ends_with("held"));
    });
}
