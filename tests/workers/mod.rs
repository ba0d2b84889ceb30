//! Jobs by themselves, without a request.
