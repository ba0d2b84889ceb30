//! Errors of an attempt to send an e-mail.

/// Reason why an e-mail was not sent. The reason never contains the response text of the mail server, because the text
/// may contain the e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Temporary error. A later attempt may succeed.
    Temporary(String),
    /// Permanent error. A later attempt would fail, too.
    Permanent(String),
}
