//! Error codes with their statuses and default messages.

use axum::http::StatusCode;
use serde::Serialize;

/// Error code of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    Conflict,
    PayloadTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    RangeNotSatisfiable,
    ValidationError,
    DocumentTooComplex,
    RateLimited,
    RequestHeaderFieldsTooLarge,
    InternalError,
    BadGateway,
    ServiceUnavailable,
    GatewayTimeout,
    StorageFull,
}

/// All codes with their statuses, their names in the response body and their default messages.
pub const TABLE: [(Code, u16, &str, &str); 20] = [
    (Code::BadRequest, 400, "bad_request", "The request is malformed. Check its path, query, headers and body."),
    (Code::Unauthorized, 401, "unauthorized", "Authentication is required. Send a valid access token."),
    (Code::Forbidden, 403, "forbidden", "You do not have permission for this action."),
    (Code::NotFound, 404, "not_found", "The resource does not exist, or you do not have access."),
    (Code::MethodNotAllowed, 405, "method_not_allowed", "This path does not support the method. See the Allow header."),
    (Code::RequestTimeout, 408, "request_timeout", "The request took too long. Send it again."),
    (Code::Conflict, 409, "conflict", "The request conflicts with the current state of the resource."),
    (Code::PayloadTooLarge, 413, "payload_too_large", "The request body exceeds the limit of this path."),
    (Code::UriTooLong, 414, "uri_too_long", "The request target is too long. Shorten the path or the query."),
    (Code::UnsupportedMediaType, 415, "unsupported_media_type", "This path does not support the request content type."),
    (Code::RangeNotSatisfiable, 416, "range_not_satisfiable", "The requested range is outside the file."),
    (Code::ValidationError, 422, "validation_error", "One or more fields are invalid. See `details`."),
    (Code::DocumentTooComplex, 422, "document_too_complex", "The document is too complex to typeset. Simplify it."),
    (Code::RateLimited, 429, "rate_limited", "Too many requests. Wait for the time in Retry-After, then try again."),
    (Code::RequestHeaderFieldsTooLarge, 431, "request_header_fields_too_large", "The request headers are too large."),
    (Code::InternalError, 500, "internal_error", "An unexpected error occurred. Try again later."),
    (Code::BadGateway, 502, "bad_gateway", "The service is unreachable. Try again in a moment."),
    (Code::ServiceUnavailable, 503, "service_unavailable", "The service is unavailable. Try again in a moment."),
    (Code::GatewayTimeout, 504, "gateway_timeout", "The service did not respond in time. Try again in a moment."),
    (Code::StorageFull, 507, "storage_full", "The server has no free storage. Try again later."),
];

impl Code {
    /// Returns the status of the code.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Returns the name of the code in the response body and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Returns the default message for the client.
    #[must_use]
    pub fn message(self) -> &'static str {
        self.row().3
    }

    /// Returns the code of a status. A status without a code gets the general code of the status class (4xx or 5xx).
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let other = if status.is_server_error() { Self::InternalError } else { Self::BadRequest };
        TABLE.iter().find(|row| row.1 == status.as_u16()).map_or(other, |row| row.0)
    }

    fn row(self) -> (Self, u16, &'static str, &'static str) {
        // The rows of the table have the same order as the variants of `Code`. A test below checks the order.
        TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_the_order_and_the_serialized_names_of_the_codes() {
        for (index, (code, _, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*code as usize, index);
            assert_eq!(serde_json::to_value(code).unwrap(), *name);
        }
    }

    #[test]
    fn status_without_a_code_maps_to_the_general_code_of_its_class() {
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Code::BadRequest);
        assert_eq!(Code::of_status(StatusCode::NOT_IMPLEMENTED), Code::InternalError);
        assert_eq!(Code::of_status(StatusCode::UNPROCESSABLE_ENTITY), Code::ValidationError);
    }
}
