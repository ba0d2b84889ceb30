//! Errors of an attempt to send an e-mail.

/// Why an e-mail was not sent. The reason never quotes the server, because its words may contain the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Another attempt may succeed.
    Temporary(String),
    /// Another attempt would fail, too.
    Permanent(String),
}
