//! SMTP server of one test with configurable behavior.

use std::{net::SocketAddr, sync::Arc};

use loco_rs::config::{Config, MailerTls};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Behavior of the SMTP server towards clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Accepts every e-mail.
    Accepts,
    /// Closes every connection immediately.
    ClosesConnections,
    /// Sends this reply code instead of a greeting.
    Greeting(u16),
    /// Sends this reply code to the command `RCPT`.
    RecipientReply(u16),
    /// Accepts connections, but sends no bytes.
    Silent,
    /// Stores an e-mail, then closes the connection without a reply.
    ClosesAfterData,
    /// Accepts an e-mail, then ignores the command `QUIT`.
    IgnoresQuit,
}

/// SMTP server. Dropping the value stops the server.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

struct State {
    behavior: Mutex<Behavior>,
    mails: Mutex<Vec<String>>,
    commands: Mutex<Vec<String>>,
}

impl Smtp {
    pub async fn start(behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(State { behavior: Mutex::new(behavior), mails: Mutex::default(), commands: Mutex::default() });
        let shared = Arc::clone(&state);
        let task = spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn(serve_connection(client, Arc::clone(&shared)));
            }
        });
        Self { address, state, task }
    }

    pub fn set(&self, behavior: Behavior) {
        *self.state.behavior.lock() = behavior;
    }

    /// Returns every completely received e-mail, including e-mails without a positive reply.
    pub fn mails(&self) -> Vec<String> {
        self.state.mails.lock().clone()
    }

    /// Returns every command that the server has received.
    pub fn commands(&self) -> Vec<String> {
        self.state.commands.lock().clone()
    }

    /// Configures an application that sends e-mails to this server.
    pub fn configure(&self, config: &mut Config) {
        let mailer = config.mailer.as_mut().unwrap();
        mailer.stub = false;
        let smtp = mailer.smtp.as_mut().unwrap();
        (smtp.enable, smtp.host, smtp.port) = (true, self.address.ip().to_string(), self.address.port());
        smtp.tls = Some(MailerTls::None);
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "a peer of the application, not one of its jobs")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}

/// Serves one connection (RFC 5321 section 3).
async fn serve_connection(client: TcpStream, state: Arc<State>) {
    let behavior = *state.behavior.lock();
    let (from, mut to) = client.into_split();
    let mut lines = BufReader::new(from).lines();
    match behavior {
        Behavior::ClosesConnections => return,
        Behavior::Silent => {
            // Reads and ignores lines until the client closes the connection.
            while let Ok(Some(_)) = lines.next_line().await {}
            return;
        }
        Behavior::Greeting(code) => return drop(to.write_all(format!("{code} unavailable\r\n").as_bytes()).await),
        _ => {}
    }
    let mut response = "220 ready".to_owned();
    loop {
        if to.write_all(format!("{response}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        state.commands.lock().push(line.clone());
        response = match (line.split([' ', ':']).next().unwrap_or_default(), behavior) {
            ("RCPT", Behavior::RecipientReply(code)) => format!("{code} {line}"),
            ("DATA", _) => {
                if to.write_all(b"354 start mail input\r\n").await.is_err() {
                    return;
                }
                let mut mail = String::new();
                loop {
                    let Ok(Some(line)) = lines.next_line().await else { return };
                    if line == "." {
                        break;
                    }
                    mail += line.strip_prefix('.').unwrap_or(&line);
                    mail += "\r\n";
                }
                state.mails.lock().push(mail);
                if behavior == Behavior::ClosesAfterData {
                    return;
                }
                "250 accepted".to_owned()
            }
            ("QUIT", Behavior::IgnoresQuit) => {
                while let Ok(Some(_)) = lines.next_line().await {}
                return;
            }
            _ => "250 ok".to_owned(),
        };
    }
}
