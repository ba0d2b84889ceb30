//! Tests of clients that are still sending a request when the server has sent the response.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{ConnectionLimits, LARGE, LIMITS, LONG, LingerLimits, SHORT, Server, request, rest, run, start};

const SIZES: [usize; 4] = [16 << 10, 64 << 10, 1 << 20, 8 << 20];

/// Returns the limits of a server with one connection, so that a second connection waits for the end of the first.
fn one_connection(linger: LingerLimits) -> ConnectionLimits {
    ConnectionLimits { connections: 1, linger, ..LIMITS }
}

fn head(length: usize) -> String {
    format!("POST /rejected HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
}

/// Sends a part of a body and reads the response. The client neither sends the rest nor closes the connection.
async fn rejected(server: &Server) -> TcpStream {
    let mut stream = server.send(&(head(1 << 20) + "abc")).await;
    assert!(rest(&mut stream).await.ends_with("rejected"));
    stream
}

async fn is_served(server: &Server) -> bool {
    rest(&mut server.send(&request("/").replace("Host", "Connection: close\r\nHost")).await).await.ends_with("ok")
}

#[test]
fn response_reaches_a_client_that_sends_its_whole_body_first() {
    run(async {
        let server = start(LIMITS).await;
        for size in SIZES {
            let mut stream = server.send(&head(size)).await;
            stream.write_all(&vec![b'x'; size]).await.unwrap();
            let response = rest(&mut stream).await;
            assert!(response.starts_with("HTTP/1.1 413") && response.ends_with("rejected"), "{size}: {response}");
            assert!(response.contains("\r\nconnection: close\r\n"), "{size}: {response}");
        }
    });
}

#[test]
fn response_reaches_a_client_that_sends_its_whole_body_in_chunks() {
    run(async {
        let server = start(LIMITS).await;
        let head = "POST /rejected HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let mut stream = server.send(head).await;
        for _ in 0..128 {
            stream.write_all(format!("10000\r\n{}\r\n", "x".repeat(1 << 16)).as_bytes()).await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        assert!(rest(&mut stream).await.ends_with("rejected"));
    });
}

#[test]
fn response_reaches_a_client_whose_headers_are_too_large() {
    run(async {
        let server = start(LIMITS).await;
        let mut stream = server.send("GET / HTTP/1.1\r\nHost: a\r\nX: ").await;
        stream.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 431"));
    });
}

#[test]
fn connection_is_kept_open_after_a_rejected_body_that_has_arrived() {
    run(async {
        let server = start(LIMITS).await;
        let mut stream = server.send(&(head(3) + "abc" + &request("/held"))).await;
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        server.release.send(()).unwrap();
        server.stop.send(()).unwrap();
        let response = rest(&mut stream).await;
        assert!(response.contains("rejected") && response.ends_with("held"), "{response}");
    });
}

#[test]
fn connection_is_closed_when_a_lingering_client_pauses() {
    run(async {
        let server = start(one_connection(LingerLimits { pause: SHORT, ..LIMITS.linger })).await;
        let _silent = rejected(&server).await;
        assert!(is_served(&server).await);
    });
}

#[test]
fn connection_is_closed_when_its_time_to_linger_ends() {
    run(async {
        let server = start(one_connection(LingerLimits { time: SHORT, ..LIMITS.linger })).await;
        let _silent = rejected(&server).await;
        assert!(is_served(&server).await);
    });
}

#[test]
fn connection_is_closed_when_a_lingering_client_sends_too_many_bytes() {
    run(async {
        let server = start(one_connection(LingerLimits { bytes: 1 << 20, ..LIMITS.linger })).await;
        let mut stream = server.send(&head(2 * LARGE)).await;
        assert!(stream.write_all(&vec![b'x'; LARGE]).await.is_err());
        assert!(is_served(&server).await);
    });
}

#[test]
fn connection_is_closed_at_once_when_too_many_connections_linger() {
    run(async {
        let linger = LingerLimits { connections: 1, ..LIMITS.linger };
        let server = start(ConnectionLimits { connections: 2, linger, ..LIMITS }).await;
        let (_lingering, _closed) = (rejected(&server).await, rejected(&server).await);
        assert!(is_served(&server).await);
    });
}

#[test]
fn lingering_connection_gives_way_when_a_connection_waits() {
    run(async {
        let server = start(ConnectionLimits { min_idle: Duration::ZERO, ..one_connection(LIMITS.linger) }).await;
        let _lingering = rejected(&server).await;
        assert!(is_served(&server).await);
    });
}

#[test]
fn connection_ends_at_once_when_the_request_has_arrived_completely() {
    run(async {
        let server = start(one_connection(LIMITS.linger)).await;
        for body in ["", "abc"] {
            let head =
                format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let mut stream = server.send(&(head + body)).await;
            assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"));
            assert!(is_served(&server).await);
        }
    });
}

#[test]
fn stop_ends_the_connection_of_a_lingering_client_that_sends_without_a_pause() {
    run(async {
        let server = start(ConnectionLimits { linger: LingerLimits { pause: SHORT, ..LIMITS.linger }, ..LIMITS }).await;
        let (_unread, mut sending) = rejected(&server).await.into_split();
        let sender = tokio::task::spawn_local(async move {
            while sending.write_all(b"x").await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        });
        server.stop.send(()).unwrap();
        assert_eq!(server.outcome.await.unwrap().aborted, 0);
        sender.await.unwrap();
    });
}

#[test]
fn stop_ends_lingering_connections_when_the_grace_period_ends() {
    run(async {
        let server = start(ConnectionLimits { grace: SHORT, ..LIMITS }).await;
        let _lingering = rejected(&server).await;
        server.stop.send(()).unwrap();
        assert!(server.outcome.await.unwrap().drained_in < LONG);
    });
}
