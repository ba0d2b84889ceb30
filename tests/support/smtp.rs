//! A mail server of a test's own, which can be had in any mood.

use std::{net::SocketAddr, sync::Arc};

use loco_rs::config::{Config, MailerTls};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How it takes what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Every mail.
    Takes,
    /// Every mail, addresses beyond ASCII included (RFC 6531).
    TakesEveryAddress,
    /// Nobody: connections are closed at once.
    Refuses,
    /// With this code instead of a greeting.
    Greets(u16),
    /// With this code to the one whom the mail is for.
    Answers(u16),
    /// It accepts connections and never says a word.
    Silent,
    /// It takes a mail, and breaks off before it says so.
    DropsAfterData,
    /// It takes a mail, says so, and never says goodbye.
    TakesAndFallsSilent,
}

/// Runs until it is dropped.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

struct State {
    mood: Mutex<Mood>,
    mails: Mutex<Vec<String>>,
    said: Mutex<Vec<String>>,
}

impl Smtp {
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { mood: Mutex::new(mood), mails: Mutex::default(), said: Mutex::default() });
        let serving = Arc::clone(&state);
        let task = spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn(converse(client, Arc::clone(&serving)));
            }
        });
        Self { address, state, task }
    }

    pub fn set(&self, mood: Mood) {
        *self.state.mood.lock() = mood;
    }

    /// Every mail that it has got to its end, whatever it said to it.
    pub fn mails(&self) -> Vec<String> {
        self.state.mails.lock().clone()
    }

    /// Every command that it was given.
    pub fn heard(&self) -> Vec<String> {
        self.state.said.lock().clone()
    }

    /// Has mails sent here.
    pub fn serve(&self, config: &mut Config) {
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

#[expect(clippy::disallowed_methods, reason = "the other side of a connection, not a job of the application")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}

/// One connection (RFC 5321 section 3).
async fn converse(client: TcpStream, state: Arc<State>) {
    let mood = *state.mood.lock();
    let (from, mut to) = client.into_split();
    let mut lines = BufReader::new(from).lines();
    match mood {
        Mood::Refuses => return,
        Mood::Silent => {
            // Until the client has had enough.
            while let Ok(Some(_)) = lines.next_line().await {}
            return;
        }
        Mood::Greets(code) => return drop(to.write_all(format!("{code} not now\r\n").as_bytes()).await),
        _ => {}
    }
    let mut answer = "220 ready".to_owned();
    loop {
        if to.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        state.said.lock().push(line.clone());
        answer = match (line.split([' ', ':']).next().unwrap_or_default(), mood) {
            ("EHLO", Mood::TakesEveryAddress) => "250-here\r\n250-SMTPUTF8\r\n250 8BITMIME".to_owned(),
            ("RCPT", Mood::Answers(code)) => format!("{code} {line}"),
            ("DATA", _) => {
                if to.write_all(b"354 go on\r\n").await.is_err() {
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
                if mood == Mood::DropsAfterData {
                    return;
                }
                "250 taken".to_owned()
            }
            ("QUIT", Mood::TakesAndFallsSilent) => {
                while let Ok(Some(_)) = lines.next_line().await {}
                return;
            }
            _ => "250 fine".to_owned(),
        };
    }
}
