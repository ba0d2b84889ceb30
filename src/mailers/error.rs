//! Errors of an attempt to send an e-mail.

/// Reason why an e-mail was not sent. It never quotes the server, because a quotation may contain the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Another attempt may succeed.
    Temporary(String),
    /// Another attempt would fail, too.
    Permanent(String),
}
