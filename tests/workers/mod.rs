//! Background jobs without a request.
