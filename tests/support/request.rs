//! Requests that tests pass to the router without a socket.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use serde_json::Value;
use tower::ServiceExt;

use super::{app::SignedIn, faults::Fault};

/// Request that has not been sent.
pub struct Request {
    router: Router,
    request: axum::http::Request<Body>,
}

/// Response with its complete body.
#[derive(Debug, Clone)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Request {
    pub fn new(router: Router, method: &str, path: &str) -> Self {
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        Self { router, request }
    }

    pub fn header(mut self, name: impl TryInto<HeaderName>, value: &str) -> Self {
        let name = name.try_into().ok().unwrap();
        self.request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn bearer(self, user: &SignedIn) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {}", user.access))
    }

    pub fn json(self, value: &Value) -> Self {
        self.header(header::CONTENT_TYPE, "application/json").body(value.to_string())
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sets a multipart form with one file as the body of the request.
    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge").body(form(name, bytes))
    }

    /// Sets the address of the client. The default address is 127.0.0.1.
    pub fn from(mut self, address: &str) -> Self {
        self.request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 40_000)));
        self
    }

    /// Injects a fault on the route. Requires an application from `TestApp::start_faulty`.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.request.extensions_mut().insert(fault);
        self
    }

    pub async fn send(self) -> TestResponse {
        let response = self.router.oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        TestResponse { status: parts.status, headers: parts.headers, bytes }
    }
}

/// Returns a multipart form with one file. The boundary is `edge`.
pub fn form(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat()
}

impl TestResponse {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that the body has the error response format. Returns the error code.
    pub fn error_code(&self) -> String {
        assert!(self.status.as_u16() >= 400, "{} is not an error status", self.status);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = self.json();
        let error = body["error"].as_object().unwrap_or_else(|| panic!("not the error response format: {body}"));
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        assert_eq!(error["request_id"].as_str(), self.header("x-request-id"), "{body}");
        assert_eq!(error.contains_key("details"), error["code"] == "validation_error", "{body}");
        error["code"].as_str().unwrap().to_owned()
    }
}
