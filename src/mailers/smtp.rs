//! One attempt to send an e-mail to a mail server (RFC 5321).
//!
//! The commands are sent one by one. The attempt succeeds if the server accepts the message data. A failed `QUIT` does
//! not change the result.

use std::time::Duration;

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use loco_rs::config::{MailerTls, SmtpMailer};
use tokio::time::timeout;

use super::error::SendError;

/// Maximum time to wait for the response to `QUIT`.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);
/// SMTP status codes that reject the client, not the e-mail (RFC 4954 section 6). These codes result in a
/// temporary error, because the e-mail can be sent after an operator corrects the settings.
const AUTHENTICATION_CODES: [u16; 4] = [530, 534, 535, 538];

/// Makes one attempt to send an e-mail within the time limit.
pub(super) async fn send(server: &SmtpMailer, message: &Message, limit: Duration) -> Result<(), SendError> {
    let attempt = async {
        let mut connection = connect(server).await.map_err(|error| failure(&error))?;
        let outcome = transfer(&mut connection, message).await;
        Ok((connection, outcome))
    };
    let late = |_| SendError::Temporary("the mail server took too long".to_owned());
    let (mut connection, outcome) = timeout(limit, attempt).await.map_err(late)??;
    let _ = timeout(QUIT_TIMEOUT, connection.quit()).await;
    outcome
}

async fn connect(server: &SmtpMailer) -> Result<AsyncSmtpConnection, Error> {
    let hello = server.hello_name.clone().map(ClientId::Domain).unwrap_or_default();
    let tls = || TlsParameters::new(server.host.clone());
    let implicit = if server.tls_mode() == MailerTls::Implicit { Some(tls()?) } else { None };
    let address = (server.host.as_str(), server.port);
    let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &hello, implicit, None).await?;
    if server.tls_mode() == MailerTls::Starttls {
        // Fails if the server lacks STARTTLS, because the password and the links would otherwise be sent in clear text.
        connection.starttls(tls()?, &hello).await?;
    }
    if let Some(auth) = &server.auth {
        let credentials = Credentials::new(auth.user.clone(), auth.password.clone());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    Ok(connection)
}

async fn transfer(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), SendError> {
    let envelope = message.envelope();
    let bytes = message.formatted();
    let response = async {
        connection.command(Mail::new(envelope.from().cloned(), Vec::new())).await?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
        }
        connection.command(Data).await?;
        connection.message(&bytes).await
    };
    response.await.map(drop).map_err(|error| failure(&error))
}

fn failure(error: &Error) -> SendError {
    let Some(code) = error.status().map(u16::from) else {
        let what =
            if error.is_tls() { "TLS failed" } else { "the mail server is unreachable or closed the connection" };
        return SendError::Temporary(what.to_owned());
    };
    let what = format!("the mail server responded with {code}");
    if error.is_permanent() && !AUTHENTICATION_CODES.contains(&code) {
        SendError::Permanent(what)
    } else {
        SendError::Temporary(what)
    }
}
