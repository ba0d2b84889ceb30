//! A TCP proxy in front of a server that stands for everything that can go wrong on the way to it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// What happens to bytes on their way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Connections are closed at once, old ones too.
    Refuse,
    /// Nothing comes back, and nothing is closed.
    Hang,
    /// Everything comes back so much later.
    Delay(Duration),
    /// A connection is closed after it has given so many bytes.
    Cut(usize),
}

/// Forwards to one server until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, server) = (listener.local_addr().unwrap(), server.to_owned());
        let mode = watch::Sender::new(Mode::Pass);
        let connections = Arc::new(AtomicUsize::new(0));
        let (modes, count) = (mode.clone(), Arc::clone(&connections));
        let task = spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Relaxed);
                spawn(forward(client, server.clone(), modes.subscribe()));
            }
        });
        Self { address, mode, connections, task }
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the other side of a connection, not a job of the application")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}

async fn forward(client: TcpStream, server: String, mut mode: watch::Receiver<Mode>) {
    if *mode.borrow() == Mode::Refuse {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let modes = mode.clone();
    tokio::select! {
        () = there(from_client, to_server) => {}
        () = back(from_server, to_client, modes) => {}
        _ = mode.wait_for(|mode| *mode == Mode::Refuse) => {}
    }
}

async fn there(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut given = 0_usize;
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let now = *mode.borrow();
        let send = match now {
            Mode::Refuse => return,
            Mode::Pass => read,
            Mode::Hang => {
                // What came meanwhile comes late, once the way is free again.
                let _ = mode.wait_for(|mode| *mode != Mode::Hang).await;
                read
            }
            Mode::Delay(delay) => {
                sleep(delay).await;
                read
            }
            Mode::Cut(after) => read.min(after.saturating_sub(given)),
        };
        given += send;
        if to.write_all(&buffer[..send]).await.is_err() || send < read {
            return;
        }
    }
}
