//! Client of a request: the client address, the user agent and the device cookie.

use std::{net::Ipv4Addr, time::Instant};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use super::{device_cookie, headers::text};
use crate::{
    clock,
    errors::{AppError, AppResult},
    middleware::request_id::ClientAddress,
    models::request_context::{Client, RequestContext},
    telemetry::request_id,
};

/// Client that sent the request.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    client: Client,
    device_token: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for ClientInfo {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> AppResult<Self> {
        let user_agent = text(&parts.headers, header::USER_AGENT);
        let address = parts.extensions.get::<ClientAddress>().map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.0);
        Ok(Self { client: Client::new(user_agent, address), device_token: device_cookie::read(&parts.headers) })
    }
}

impl ClientInfo {
    /// Returns the request context. The time in the context is the current time.
    ///
    /// # Errors
    /// `internal_error` if no request is being handled.
    pub fn request(&self) -> AppResult<RequestContext<'_>> {
        let id = request_id::current().ok_or_else(|| AppError::internal("the request has no ID"))?;
        Ok(RequestContext {
            client: &self.client,
            device_token: self.device_token.as_deref(),
            request_id: id.uuid(),
            now: clock::now(),
            instant: Instant::now(),
        })
    }
}
