//! Gives each request an id of ours; a client's own is dropped at the door.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    response::Response,
};
use ipnet::IpNet;
use loco_rs::app::AppContext;
use tracing::Instrument;

use crate::{
    client_address::client_address,
    correlation::{REQUEST_ID, RequestId, request_span},
    settings::Settings,
};

/// Where the id stands on every response.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who asks, through trusted proxies.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub std::net::IpAddr);

/// The outermost layer of all.
pub fn layer(ctx: &AppContext) -> impl Fn(Router<AppContext>) -> Router<AppContext> + use<> {
    let trusted: Arc<[IpNet]> = ctx.shared_store.get::<Arc<Settings>>().map(|settings| settings.trusted_networks()).unwrap_or_default().into();
    move |app| {
        let trusted = Arc::clone(&trusted);
        app.layer(from_fn(move |request, next| identify(Arc::clone(&trusted), request, next)))
    }
}

async fn identify(trusted: Arc<[IpNet]>, mut request: Request, next: Next) -> Response {
    let id = RequestId::generate();
    request.headers_mut().remove(X_REQUEST_ID);
    // Without a socket (a test that calls the router itself) the address is the unspecified one.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
    let address = client_address(peer, request.headers(), &trusted);
    request.extensions_mut().insert(ClientAddress(address));
    let span = request_span(id, request.method().as_str(), request.uri().path());
    let mut response = REQUEST_ID.scope(id, next.run(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}
