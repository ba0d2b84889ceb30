//! The closed set of error codes, each with its status and what a client is told by default.

use axum::http::StatusCode;
use serde::Serialize;

/// What went wrong, as a client's program reads it.
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

/// Every code with its status, its name on the wire and its message.
pub const TABLE: [(Code, u16, &str, &str); 20] = [
    (Code::BadRequest, 400, "bad_request", "The request could not be read."),
    (Code::Unauthorized, 401, "unauthorized", "Sign in to do this."),
    (Code::Forbidden, 403, "forbidden", "You may not do this."),
    (Code::NotFound, 404, "not_found", "There is nothing here."),
    (Code::MethodNotAllowed, 405, "method_not_allowed", "This path does not take that method."),
    (Code::RequestTimeout, 408, "request_timeout", "The request took too long."),
    (Code::Conflict, 409, "conflict", "This contradicts what is already there."),
    (Code::PayloadTooLarge, 413, "payload_too_large", "The request is larger than this path takes."),
    (Code::UriTooLong, 414, "uri_too_long", "The address is too long."),
    (Code::UnsupportedMediaType, 415, "unsupported_media_type", "This path does not take that content type."),
    (Code::RangeNotSatisfiable, 416, "range_not_satisfiable", "The file has no such range."),
    (Code::ValidationError, 422, "validation_error", "Some values are not accepted."),
    (Code::DocumentTooComplex, 422, "document_too_complex", "The document is too complex to typeset."),
    (Code::RateLimited, 429, "rate_limited", "Too many requests: wait, then try again."),
    (Code::RequestHeaderFieldsTooLarge, 431, "request_header_fields_too_large", "The request's headers are too large."),
    (Code::InternalError, 500, "internal_error", "Something went wrong on our side."),
    (Code::BadGateway, 502, "bad_gateway", "The service could not be reached."),
    (Code::ServiceUnavailable, 503, "service_unavailable", "The service is busy: try again in a moment."),
    (Code::GatewayTimeout, 504, "gateway_timeout", "The service did not answer in time."),
    (Code::StorageFull, 507, "storage_full", "There is no room left to store this."),
];

impl Code {
    /// The status that goes with the code.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code as it stands in the body and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// What a client is told where nothing more exact is known.
    #[must_use]
    pub fn message(self) -> &'static str {
        self.row().3
    }

    /// The code for a status that something else answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let other = if status.is_server_error() { Self::InternalError } else { Self::BadRequest };
        TABLE.iter().find(|row| row.1 == status.as_u16()).map_or(other, |row| row.0)
    }

    fn row(self) -> (Self, u16, &'static str, &'static str) {
        // The table is in the order of the variants; `errors::tests` holds it.
        TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_in_its_own_row_under_its_own_name() {
        for (index, (code, _, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*code as usize, index);
            assert_eq!(serde_json::to_value(code).unwrap(), *name);
        }
    }

    #[test]
    fn a_status_without_a_code_of_its_own_gets_the_general_one_of_its_class() {
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Code::BadRequest);
        assert_eq!(Code::of_status(StatusCode::NOT_IMPLEMENTED), Code::InternalError);
        assert_eq!(Code::of_status(StatusCode::UNPROCESSABLE_ENTITY), Code::ValidationError);
    }
}
