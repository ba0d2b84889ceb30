//! Where mails go: to a mail server, into the log in development, or nowhere.

use std::{collections::VecDeque, time::Duration};

use loco_rs::config::{Mailer, SmtpMailer};
use parking_lot::Mutex;

use super::{message::Written, smtp};

/// How long an attempt may take: the worker's other jobs wait behind it.
const PATIENCE: Duration = Duration::from_secs(25);
/// Mails that are kept beside the log.
const SHOWN: usize = 100;

/// Why a mail did not leave. Never in the server's own words, which may repeat the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may end better.
    Passing(String),
    /// Another attempt would end the same.
    Lasting(String),
}

/// Where mails go.
pub struct Post {
    way: Way,
    patience: Duration,
}

enum Way {
    Server(Box<SmtpMailer>),
    Log(Mutex<VecDeque<String>>),
    Nowhere,
}

impl Post {
    /// As Loco's mailer is set: to its server, into the log in place of its stub, or nowhere.
    #[must_use]
    pub fn new(mailer: Option<&Mailer>) -> Self {
        let server = mailer.and_then(|mailer| mailer.smtp.as_ref()).filter(|smtp| smtp.enable);
        let way = match server {
            _ if mailer.is_some_and(|mailer| mailer.stub) => Way::Log(Mutex::default()),
            Some(server) => Way::Server(Box::new(server.clone())),
            None => Way::Nowhere,
        };
        Self { way, patience: PATIENCE }
    }

    /// The same with another patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Whether mails go anywhere.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// Why it did not leave, and whether that lasts.
    pub async fn send(&self, written: &Written) -> Result<(), Failure> {
        match &self.way {
            Way::Nowhere => Err(Failure::Lasting("MAILER_ENABLED is false".to_owned())),
            Way::Log(shown) => {
                show(shown, written);
                Ok(())
            }
            Way::Server(server) => smtp::send(server, &written.message, self.patience).await,
        }
    }

    /// The mails that the log showed last, as a server would have got them.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        match &self.way {
            Way::Log(shown) => shown.lock().iter().cloned().collect(),
            Way::Server(_) | Way::Nowhere => Vec::new(),
        }
    }
}

/// With its link: only where the configuration is not production's is there a stub.
fn show(shown: &Mutex<VecDeque<String>>, written: &Written) {
    tracing::info!(event = "mail_shown", subject = written.subject, text = written.text, "a mail");
    let mut shown = shown.lock();
    if shown.len() == SHOWN {
        shown.pop_front();
    }
    shown.push_back(String::from_utf8_lossy(&written.message.formatted()).into_owned());
}
