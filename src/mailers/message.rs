//! Renders an e-mail: its headers, its text and the same content as HTML.
//!
//! Any client can choose the name of a user. The name is therefore only in the text and, escaped, in the HTML, and
//! never in a header.

use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use tera::{Context, Tera};
use url::Url;

use crate::{
    email_address,
    errors::{AppError, AppResult},
    models::{
        mails::{EmailContent, MailKind},
        one_time_tokens::{OneTimeToken, Purpose},
    },
};

/// Name of the sender if `MAILER_FROM` is empty. E-mail texts also use this name if `MAILER_FROM` contains no name.
const SERVICE: &str = "Ballast";
/// Local part of the sender if `MAILER_FROM` is empty.
const SENDER: &str = "no-reply";

/// Templates of the e-mails. Tera escapes values in `.html` templates, but not in `.txt` templates.
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

/// Renders e-mails. All links start with the public URL of the application.
pub struct EmailRenderer {
    templates: Tera,
    sender: Mailbox,
    /// Public URL with an ASCII host and without a trailing slash.
    host: String,
}

/// Rendered e-mail. The log contains `subject` and `text` if e-mails are logged instead of sent.
pub struct RenderedEmail {
    pub message: Message,
    pub subject: &'static str,
    pub text: String,
}

impl EmailRenderer {
    /// Creates a renderer. `host` is the public URL with which links start. `sender` has the format `NAME <ADDRESS>`.
    /// If `sender` is empty, the sender is `no-reply` at the host of the public URL.
    ///
    /// # Errors
    /// `internal_error` if the sender is not an e-mail address or a template is invalid.
    pub fn new(sender: &str, host: &str) -> AppResult<Self> {
        let mut templates = Tera::default();
        templates.add_raw_templates(TEMPLATES.iter().copied()).map_err(AppError::internal)?;
        let sender = if sender.is_empty() { sender_at(host) } else { email_address::parse_sender(sender) };
        let sender = sender.ok_or_else(|| AppError::internal("the sender is not an e-mail address"))?;
        Ok(Self { templates, sender, host: ascii(host).trim_end_matches('/').to_owned() })
    }

    /// Renders an e-mail.
    ///
    /// # Errors
    /// `internal_error` if the recipient address is invalid or a template cannot be rendered.
    pub fn render(&self, email: &EmailContent) -> AppResult<RenderedEmail> {
        let to = email_address::parse(&email.email);
        let to = to.ok_or_else(|| AppError::internal("no e-mail can be sent to this address"))?;
        let context = self.context(email);
        let render = |ending: &str| {
            let name = format!("{}.{ending}", email.kind.name());
            self.templates.render(&name, &context).map_err(AppError::internal)
        };
        let (text, html) = (render("txt")?, render("html")?);
        let message = Message::builder()
            .from(self.sender.clone())
            .to(to.into())
            .subject(subject(email.kind))
            // All attempts to send an e-mail use the same message ID, because mail clients show only one of several
            // e-mails with the same ID.
            .message_id(Some(format!("<{}@{}>", email.pid, self.sender.email.domain())))
            .header(AutoSubmitted)
            .raw_header(HeaderValue::new(REQUEST_ID, email.request_id.to_string()))
            .multipart(MultiPart::alternative_plain_html(text.clone(), html))
            .map_err(AppError::internal)?;
        Ok(RenderedEmail { message, subject: subject(email.kind), text })
    }

    fn context(&self, email: &EmailContent) -> Context {
        let mut context = Context::new();
        context.insert("subject", subject(email.kind));
        context.insert("service", self.sender.name.as_deref().unwrap_or(SERVICE));
        context.insert("name", &email.name.replace(misleading, " "));
        context.insert("host", &self.host);
        let token = email.token.as_ref().map(OneTimeToken::text).unwrap_or_default();
        context.insert("link", &format!("{}/{}?token={token}", self.host, email.kind.name()));
        context.insert("lifetime", email.kind.purpose().map_or("", lifetime));
        context
    }
}

/// Returns whether a character can make a name look like other text. Such characters are control characters, line
/// breaks and characters that change the reading direction (Unicode UAX 9).
fn misleading(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

const fn subject(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Verify => "Confirm your e-mail address",
        MailKind::Reset => "Reset your password",
        MailKind::Registered => "You already have an account",
        MailKind::PasswordChanged => "Your password was changed",
        // subjects-inject (do not remove)
    }
}

const fn lifetime(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Verify => "24 hours",
        Purpose::Reset => "30 minutes",
    }
}

/// Returns the sender `no-reply@HOST`, where `HOST` is the host of the public URL. Uses `localhost` if the host cannot
/// be the domain of an e-mail address.
fn sender_at(host: &str) -> Option<Mailbox> {
    let at = |url| email_address::at_host(SENDER, url);
    Some(Mailbox::new(Some(SERVICE.to_owned()), at(host).or_else(|| at("http://localhost"))?))
}

/// Returns a URL with an ASCII host, because mail clients may not support an internationalized host in a link.
fn ascii(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) if !url.is_ascii() => parsed.into(),
        _ => url.to_owned(),
    }
}

const REQUEST_ID: HeaderName = HeaderName::new_from_ascii_str("X-Request-ID");

/// Header that prevents automatic replies (RFC 3834 section 5).
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
