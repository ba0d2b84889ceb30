//! One typesetting process and the pipes to it.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use typesetter::wire::{self, Reply};
use typesetter::{Failure, Rendered};

use super::Options;

/// How long a child may take to load its fonts; 50 ms is usual, more on a machine that is busy.
const START: Duration = Duration::from_secs(30);

/// A process that has said it is ready. Dropping it kills it.
pub(super) struct Child {
    process: tokio::process::Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    jobs: u32,
}

impl Child {
    /// Starts a process and waits until it is ready. The error is for the log.
    pub(super) async fn start(options: &Options) -> Result<Self, String> {
        let started = Instant::now();
        let mut child = Self::spawn(options).map_err(|error| error.to_string())?;
        match timeout(START, child.read_reply()).await {
            Ok(Ok(Reply::Ready)) => {
                let ms = started.elapsed().as_millis();
                tracing::debug!(pid = child.process.id(), ms, "started a typesetting process");
                Ok(child)
            }
            Ok(Ok(Reply::Done(_))) => Err("answered before it was asked".to_owned()),
            Ok(Err(_)) => Err(format!("died while starting: {}", child.kill().await)),
            Err(_) => Err(format!("not ready after {START:?}")),
        }
    }

    fn spawn(options: &Options) -> io::Result<Self> {
        let mut process = Command::new(&options.program)
            .args(&options.arguments)
            .arg(options.memory_bytes.to_string())
            // No secret of the service's environment is any of its business.
            .env_clear()
            // Each arena of the allocator reserves address space, which is limited.
            .env("MALLOC_ARENA_MAX", "2")
            .current_dir("/")
            // Ctrl-C is for the service, which then decides what becomes of its children.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        Ok(Self { process, stdin, stdout, jobs: 0 })
    }

    /// Sends one request and waits for its answer.
    ///
    /// # Errors
    /// The process has died or talks nonsense; it must not be used again. Nor may it be when
    /// this future is dropped halfway.
    pub(super) async fn exchange(&mut self, frame: &[u8]) -> io::Result<Result<Rendered, Failure>> {
        self.jobs += 1;
        self.stdin.write_all(frame).await?;
        self.stdin.flush().await?;
        match self.read_reply().await? {
            Reply::Done(answer) => Ok(answer),
            Reply::Ready => Err(io::Error::other("ready twice")),
        }
    }

    async fn read_reply(&mut self) -> io::Result<Reply> {
        let length = self.stdout.read_u32_le().await? as usize;
        if length > wire::REPLY_BYTES {
            return Err(io::Error::other("frame too long"));
        }
        let mut body = vec![0; length];
        self.stdout.read_exact(&mut body).await?;
        wire::decode_reply(&body).map_err(io::Error::other)
    }

    /// How many requests it has been sent.
    pub(super) fn jobs(&self) -> u32 {
        self.jobs
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Kills it if it lives, and says how it ended. Waiting makes sure that its memory is free
    /// before the next one starts.
    pub(super) async fn kill(mut self) -> String {
        // It may be dead already.
        let _ = self.process.start_kill();
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}
