//! One attempt to hand a mail to a mail server (RFC 5321).
//!
//! Command by command: a server that took the mail has it, however it says goodbye, and one that
//! refused it has refused it, even if it then falls silent.

use std::time::Duration;

use lettre::{
    Address, Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use loco_rs::config::{MailerTls, SmtpMailer};
use tokio::time::timeout;

use super::transport::Failure;

/// How long the server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Refusals of ourselves, not of the mail (RFC 4954 section 6): an operator mends them.
const OURS: [u16; 4] = [530, 534, 535, 538];

/// Hands a mail over, within this time.
pub(super) async fn send(server: &SmtpMailer, message: &Message, patience: Duration) -> Result<(), Failure> {
    let attempt = async {
        let mut connection = connect(server).await.map_err(|error| failure(&error))?;
        let outcome = hand_over(&mut connection, message).await;
        Ok((connection, outcome))
    };
    let late = |_| Failure::Passing("the mail server took too long".to_owned());
    let (mut connection, outcome) = timeout(patience, attempt).await.map_err(late)??;
    let _ = timeout(GOODBYE, connection.quit()).await;
    outcome
}

async fn connect(server: &SmtpMailer) -> Result<AsyncSmtpConnection, Error> {
    let hello = server.hello_name.clone().map(ClientId::Domain).unwrap_or_default();
    let tls = || TlsParameters::new(server.host.clone());
    let implicit = if server.tls_mode() == MailerTls::Implicit { Some(tls()?) } else { None };
    let address = (server.host.as_str(), server.port);
    let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &hello, implicit, None).await?;
    if server.tls_mode() == MailerTls::Starttls {
        // A server without it is refused: the password and the links would cross in clear.
        connection.starttls(tls()?, &hello).await?;
    }
    if let Some(auth) = &server.auth {
        let credentials = Credentials::new(auth.user.clone(), auth.password.clone());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    Ok(connection)
}

async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let envelope = message.envelope();
    let bytes = message.formatted();
    let mut options = Vec::new();
    if envelope.to().iter().chain(envelope.from()).any(|address| !is_ascii(address)) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::Lasting("the mail server takes no such address".to_owned()));
        }
        options.push(MailParameter::SmtpUtfEight);
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let said = async {
        connection.command(Mail::new(envelope.from().cloned(), options)).await?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
        }
        connection.command(Data).await?;
        connection.message(&bytes).await
    };
    said.await.map(drop).map_err(|error| failure(&error))
}

fn is_ascii(address: &Address) -> bool {
    let text: &str = address.as_ref();
    text.is_ascii()
}

fn failure(error: &Error) -> Failure {
    let Some(code) = error.status().map(u16::from) else {
        let what = if error.is_tls() { "TLS failed" } else { "the mail server could not be reached or broke off" };
        return Failure::Passing(what.to_owned());
    };
    let what = format!("the mail server answered {code}");
    if error.is_permanent() && !OURS.contains(&code) { Failure::Lasting(what) } else { Failure::Passing(what) }
}
