//! Tests of permits: idle connections are closed for waiting connections, and each address has its own limit.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use super::{ConnectionLimits, LARGE, LIMITS, SHORT, Server, request, rest, run, start};

/// Returns limits under which an idle connection may be closed immediately.
fn impatient(connections: usize) -> ConnectionLimits {
    ConnectionLimits { connections, min_idle: Duration::ZERO, ..LIMITS }
}

/// Returns a request that makes the server close the connection after the response.
fn single(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

async fn response(server: &Server) -> String {
    rest(&mut server.send(&single("/")).await).await
}

/// Opens a connection, requests a body larger than any socket buffer, and reads only the first 12 bytes.
async fn slow(server: &Server) -> TcpStream {
    let mut stream = server.send(&single("/large")).await;
    stream.read_exact(&mut [0; 12]).await.unwrap();
    stream
}

#[test]
fn idle_connection_gives_way_when_a_connection_waits() {
    run(async {
        for sent in ["", "GET / HTTP/1.1\r\nHo", &request("/")] {
            let server = start(impatient(1)).await;
            let mut silent = server.send(sent).await;
            if sent.ends_with("\r\n\r\n") {
                silent.read_exact(&mut [0; 12]).await.unwrap();
            }
            assert!(response(&server).await.ends_with("ok"), "{sent:?}");
            rest(&mut silent).await;
        }
    });
}

#[test]
fn idle_connections_give_way_one_for_each_connection_that_waits() {
    run(async {
        let server = start(ConnectionLimits { connections: 4, min_idle: SHORT, ..LIMITS }).await;
        let mut silent = Vec::new();
        for _ in 0..12 {
            silent.push(server.send("").await);
        }
        assert!(response(&server).await.ends_with("ok"));
        // Nine connections had to close before the request got a permit. The longest-idle connections close first.
        for stream in &mut silent[..9] {
            assert_eq!(rest(stream).await, "");
        }
    });
}

#[test]
fn idle_connection_keeps_its_permit_when_another_is_free() {
    run(async {
        let server = start(impatient(2)).await;
        let mut silent = server.send("").await;
        for _ in 0..3 {
            assert!(response(&server).await.ends_with("ok"));
        }
        silent.write_all(single("/").as_bytes()).await.unwrap();
        assert!(rest(&mut silent).await.ends_with("ok"));
    });
}

#[test]
fn connection_with_a_request_in_flight_is_kept_when_a_connection_waits() {
    run(async {
        let mut server = start(impatient(2)).await;
        let mut held = server.send(&single("/held")).await;
        server.reached.recv().await.unwrap();
        let mut silent = server.send("").await;
        // The server closes the idle connection (`silent`), so that `waiting` gets its permit. The server keeps the older
        // connection (`held`), because that connection has a running request.
        let mut waiting = server.send(&single("/held")).await;
        server.reached.recv().await.unwrap();
        assert_eq!(rest(&mut silent).await, "");
        server.release.send(()).unwrap();
        server.release.send(()).unwrap();
        assert!(rest(&mut held).await.ends_with("held"));
        assert!(rest(&mut waiting).await.ends_with("held"));
    });
}

#[test]
fn connection_with_an_untaken_response_is_kept_when_a_connection_waits() {
    run(async {
        let server = start(impatient(2)).await;
        let mut slow = slow(&server).await;
        let mut silent = server.send("").await;
        assert!(response(&server).await.ends_with("ok"));
        assert_eq!(rest(&mut silent).await, "");
        assert!(rest(&mut slow).await.len() > LARGE);
    });
}

#[test]
fn connection_is_closed_when_its_address_is_at_the_limit() {
    run(async {
        let server = start(ConnectionLimits { per_client: 2, ..LIMITS }).await;
        let (mut first, mut second) = (server.send("").await, server.send("").await);
        assert_eq!(response(&server).await, "");
        for kept in [&mut first, &mut second] {
            kept.write_all(single("/").as_bytes()).await.unwrap();
            assert!(rest(kept).await.ends_with("ok"));
        }
        // The closed connections do not count against the limit.
        assert!(response(&server).await.ends_with("ok"));
    });
}

#[test]
fn idle_connection_of_the_address_gives_way_when_the_address_is_at_the_limit() {
    run(async {
        let server = start(ConnectionLimits { per_client: 1, ..impatient(16) }).await;
        let mut silent = server.send("").await;
        assert!(response(&server).await.ends_with("ok"));
        assert_eq!(rest(&mut silent).await, "");
    });
}

#[test]
fn address_has_no_limit_when_its_network_is_trusted() {
    run(async {
        let trusted = vec!["127.0.0.0/8".parse().unwrap()];
        let mut server = start(ConnectionLimits { per_client: 1, trusted, ..LIMITS }).await;
        let mut held = server.send(&single("/held")).await;
        server.reached.recv().await.unwrap();
        assert!(response(&server).await.ends_with("ok"));
        server.release.send(()).unwrap();
        assert!(rest(&mut held).await.ends_with("held"));
    });
}

#[test]
fn stop_serves_the_accepted_connection_when_no_permit_is_free() {
    run(async {
        let server = start(ConnectionLimits { connections: 1, ..LIMITS }).await;
        let _silent = server.send("").await;
        let mut waiting = server.send(&request("/")).await;
        // Lets the server accept the waiting connection.
        sleep(SHORT).await;
        server.stop.send(()).unwrap();
        assert!(rest(&mut waiting).await.ends_with("ok"));
        assert_eq!(server.outcome.await.unwrap().aborted, 0);
    });
}
