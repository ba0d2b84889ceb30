//! Child process that typesets documents, and the protocol between the service and the child process.

pub(crate) mod framing;
pub mod protocol;
pub mod worker;
