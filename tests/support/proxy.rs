//! TCP proxy in front of a server, for the injection of network faults.

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

/// Mode of the proxy for bytes from the server to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Closes new and existing connections immediately.
    Refuse,
    /// Forwards no bytes, and keeps connections open.
    Hang,
    /// Delays each piece of data by this duration.
    Delay(Duration),
    /// Closes each connection after this number of bytes.
    Cut(usize),
}

/// Proxy in front of one server. Dropping the value stops the proxy.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn start(server: &str) -> Self {
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

    /// Returns the number of connections since the start of the proxy.
    pub fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "a peer of the application, not one of its jobs")]
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
        () = copy_to_server(from_client, to_server) => {}
        () = copy_to_client(from_server, to_client, modes) => {}
        _ = mode.wait_for(|mode| *mode == Mode::Refuse) => {}
    }
}

async fn copy_to_server(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

async fn copy_to_client(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut sent = 0_usize;
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let now = *mode.borrow();
        let count = match now {
            Mode::Refuse => return,
            Mode::Pass => read,
            Mode::Hang => {
                // Waits for a mode change, and then forwards the bytes.
                let _ = mode.wait_for(|mode| *mode != Mode::Hang).await;
                read
            }
            Mode::Delay(delay) => {
                sleep(delay).await;
                read
            }
            Mode::Cut(after) => read.min(after.saturating_sub(sent)),
        };
        sent += count;
        if to.write_all(&buffer[..count]).await.is_err() || count < read {
            return;
        }
    }
}
