//! Sets the request ID and the client address of each request. Ignores a request ID that the client sends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue},
    response::Response,
};
use ipnet::IpNet;
use tracing::Instrument;

use crate::{
    client_address::client_address,
    telemetry::request_id::{REQUEST_ID, RequestId, request_span},
};

/// Response header that contains the request ID.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Address of the client, as determined by [`client_address`]: the address of the peer or, behind trusted proxies, an
/// address from `X-Forwarded-For`.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// Sets the request ID and the client address of a request, and passes the request on.
pub async fn identify<F>(trusted: &[IpNet], mut request: Request, inner: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let id = RequestId::generate();
    request.headers_mut().remove(X_REQUEST_ID);
    // The peer address is missing in a test that calls the router without a socket.
    let peer =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
    let address = client_address(peer, request.headers(), trusted);
    request.extensions_mut().insert(ClientAddress(address));
    let span = request_span(id, request.method().as_str(), request.uri().path());
    let mut response = REQUEST_ID.scope(id, inner(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}
