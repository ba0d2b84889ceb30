//! Writes a mail: its headers, its text and the same as HTML.
//!
//! Names are strangers' words. They stand in the parts alone, escaped in HTML, and never in a header.

use lettre::{
    Message,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use tera::{Context, Tera};

use crate::{
    errors::{AppError, AppResult},
    models::{
        mails::{Kind, Letter},
        one_time_tokens::{OneTimeToken, Purpose},
    },
};

/// The service's name where the sender's address brings none.
const SERVICE: &str = "Ballast";
/// Who sends where nobody is named, at the public address's host.
const SENDER: &str = "no-reply";

/// Tera escapes by the end of the name: `.html` is escaped, `.txt` is not.
const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("templates/layout.html")),
    ("verify.html", include_str!("templates/verify.html")),
    ("verify.txt", include_str!("templates/verify.txt")),
    ("reset.html", include_str!("templates/reset.html")),
    ("reset.txt", include_str!("templates/reset.txt")),
    ("registered.html", include_str!("templates/registered.html")),
    ("registered.txt", include_str!("templates/registered.txt")),
    ("password_changed.html", include_str!("templates/password_changed.html")),
    ("password_changed.txt", include_str!("templates/password_changed.txt")),
    // templates-inject (do not remove)
];

/// Writes mails for one public address.
pub struct Writer {
    templates: Tera,
    sender: Mailbox,
    /// The public address, without a slash at its end.
    host: String,
}

/// A mail, and its text for whoever only logs it.
pub struct Written {
    pub message: Message,
    pub subject: &'static str,
    pub text: String,
}

impl Writer {
    /// Writes as this sender (`NAME <ADDRESS>`; empty for one at the host), with links to this host.
    ///
    /// # Errors
    /// When the sender is no address, or a template no template.
    pub fn new(sender: &str, host: &str) -> AppResult<Self> {
        let mut templates = Tera::default();
        templates.add_raw_templates(TEMPLATES.iter().copied()).map_err(AppError::internal)?;
        let sender = if sender.is_empty() { sender_at(host) } else { sender.parse() };
        Ok(Self { templates, sender: sender.map_err(AppError::internal)?, host: host.trim_end_matches('/').to_owned() })
    }

    /// Writes one.
    ///
    /// # Errors
    /// When its address is none that a mail can have.
    pub fn write(&self, letter: &Letter) -> AppResult<Written> {
        let to: Mailbox =
            letter.email.parse().map_err(|_| AppError::internal("no mail can be sent to this address"))?;
        let context = self.context(letter);
        let render = |ending: &str| {
            let name = format!("{}.{ending}", letter.kind.name());
            self.templates.render(&name, &context).map_err(AppError::internal)
        };
        let (text, html) = (render("txt")?, render("html")?);
        let message = Message::builder()
            .from(self.sender.clone())
            .to(to)
            .subject(subject(letter.kind))
            // Of one mail that comes twice, mail programs show one.
            .message_id(Some(format!("<{}@{}>", letter.pid, self.sender.email.domain())))
            .header(AutoSubmitted)
            .raw_header(HeaderValue::new(REQUEST_ID, letter.request_id.to_string()))
            .multipart(MultiPart::alternative_plain_html(text.clone(), html))
            .map_err(AppError::internal)?;
        Ok(Written { message, subject: subject(letter.kind), text })
    }

    fn context(&self, letter: &Letter) -> Context {
        let mut context = Context::new();
        context.insert("subject", subject(letter.kind));
        context.insert("service", self.sender.name.as_deref().unwrap_or(SERVICE));
        context.insert("name", &letter.name.replace(misleading, " "));
        context.insert("host", &self.host);
        let token = letter.token.as_ref().map(OneTimeToken::text).unwrap_or_default();
        context.insert("link", &format!("{}/{}?token={token}", self.host, letter.kind.name()));
        context.insert("lifetime", letter.kind.purpose().map_or("", lifetime));
        context
    }
}

/// What makes a name look like more than one: a break of the line, or a turn of the direction in which
/// what follows is read (Unicode UAX 9, its embeddings, overrides, isolates and marks).
fn misleading(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

const fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::Verify => "Confirm your e-mail address",
        Kind::Reset => "Reset your password",
        Kind::Registered => "You already have an account",
        Kind::PasswordChanged => "Your password was changed",
        // subjects-inject (do not remove)
    }
}

const fn lifetime(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Verify => "24 hours",
        Purpose::Reset => "30 minutes",
    }
}

/// `no-reply@` the host; a host that no mail can come from gives way to this machine's own name.
fn sender_at(host: &str) -> Result<Mailbox, AddressError> {
    let authority = host.split("://").last().unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    let domain = authority.split(':').next().unwrap_or_default();
    let email = format!("{SENDER}@{domain}").parse().or_else(|_| format!("{SENDER}@localhost").parse())?;
    Ok(Mailbox::new(Some(SERVICE.to_owned()), email))
}

const REQUEST_ID: HeaderName = HeaderName::new_from_ascii_str("X-Request-ID");

/// Nobody's holiday answers to it (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
