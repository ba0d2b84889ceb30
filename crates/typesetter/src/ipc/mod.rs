//! Child process that typesets documents, and the protocol between it and the service.

pub(crate) mod framing;
pub mod protocol;
pub mod worker;
