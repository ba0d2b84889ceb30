//! Sends e-mails to a mail server. In development without a mail server, writes e-mails to the log. E-mail can be
//! disabled.

use std::{collections::VecDeque, time::Duration};

use loco_rs::config::{Mailer, SmtpMailer};
use parking_lot::Mutex;

use super::{error::SendError, message::RenderedEmail, smtp};

/// Maximum duration of an attempt. Other jobs of the worker wait during the attempt.
const SEND_TIMEOUT: Duration = Duration::from_secs(25);
/// Maximum number of logged e-mails that are kept in memory.
const MAX_LOGGED: usize = 100;

/// Mail transport: sends e-mails to the target that the settings select.
pub struct MailTransport {
    target: Target,
    timeout: Duration,
}

enum Target {
    Server(Box<SmtpMailer>),
    Log(Mutex<VecDeque<String>>),
    Disabled,
}

impl MailTransport {
    /// Creates the transport from Loco's mailer settings. The target is the log if the mailer is a stub, otherwise the
    /// mail server. If the mail server is not enabled, e-mail is disabled.
    #[must_use]
    pub fn new(mailer: Option<&Mailer>) -> Self {
        let server = mailer.and_then(|mailer| mailer.smtp.as_ref()).filter(|smtp| smtp.enable);
        let target = match server {
            _ if mailer.is_some_and(|mailer| mailer.stub) => Target::Log(Mutex::default()),
            Some(server) => Target::Server(Box::new(server.clone())),
            None => Target::Disabled,
        };
        Self { target, timeout: SEND_TIMEOUT }
    }

    /// Returns the transport with another timeout per attempt.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Returns whether e-mails are sent or logged.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        !matches!(self.target, Target::Disabled)
    }

    /// Sends an e-mail.
    ///
    /// # Errors
    /// Returns a temporary or a permanent error.
    pub async fn send(&self, email: &RenderedEmail) -> Result<(), SendError> {
        match &self.target {
            Target::Disabled => Err(SendError::Permanent("MAILER_ENABLED is false".to_owned())),
            Target::Log(logged) => {
                log(logged, email);
                Ok(())
            }
            Target::Server(server) => smtp::send(server, &email.message, self.timeout).await,
        }
    }

    /// Returns the newest logged e-mails as raw messages.
    #[must_use]
    pub fn logged(&self) -> Vec<String> {
        match &self.target {
            Target::Log(logged) => logged.lock().iter().cloned().collect(),
            Target::Server(_) | Target::Disabled => Vec::new(),
        }
    }
}

/// Logs an e-mail, including the secret link in its text. Production never logs e-mails.
fn log(logged: &Mutex<VecDeque<String>>, email: &RenderedEmail) {
    tracing::info!(event = "mail_logged", subject = email.subject, text = email.text, "e-mail logged");
    let mut logged = logged.lock();
    if logged.len() == MAX_LOGGED {
        logged.pop_front();
    }
    logged.push_back(String::from_utf8_lossy(&email.message.formatted()).into_owned());
}
