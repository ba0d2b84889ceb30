//! Middleware of the server `logged`: request ID and access log.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    net::SocketAddr,
    sync::Arc,
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use parking_lot::Mutex;
use serde_json::json;
use uuid::Uuid;

/// Size of the write buffer in bytes.
const BUFFER_BYTES: usize = 64 * 1024;

/// Log file with one JSON object per line.
pub struct Log(Mutex<BufWriter<File>>);

impl Log {
    pub fn open(path: &str) -> io::Result<Self> {
        Ok(Self(Mutex::new(BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?))))
    }
}

/// Sets the header `X-Request-Id`, and writes one line per request.
pub async fn write(
    State(log): State<Arc<Log>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (begun, id) = (Instant::now(), Uuid::now_v7().to_string());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let line = json!({
        "timestamp": ballast::clock::now(),
        "level": "INFO",
        "message": "request completed",
        "request_id": id,
        "method": method.as_str(),
        "path": path,
        "status": response.status().as_u16(),
        "duration_ms": begun.elapsed().as_secs_f64() * 1000.0,
        "client_ip": client.ip(),
    });
    let _ = writeln!(log.0.lock(), "{line}");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
