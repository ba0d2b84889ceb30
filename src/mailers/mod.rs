//! Renders e-mails and sends them.

mod error;
mod message;
mod smtp;
mod transport;

pub use error::SendError;
pub use message::EmailRenderer;
pub use transport::MailTransport;

/// Services that send e-mails, built once at boot.
pub struct MailServices {
    pub renderer: EmailRenderer,
    pub transport: MailTransport,
}
