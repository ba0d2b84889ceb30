//! One typesetting process and its pipes.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use typesetter::ipc::protocol::{self, Response};
use typesetter::{Rendered, TypesetError};

use super::options::Options;

/// Maximum time until a child is ready. Most children are ready after 50 ms, but a busy machine needs more time.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Child process that is ready to typeset. A drop kills the process.
pub(super) struct Child {
    process: tokio::process::Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    jobs: u32,
}

impl Child {
    /// Starts a process and waits until the process is ready.
    ///
    /// # Errors
    /// Returns a reason for the log if the process cannot be started or does not become ready.
    pub(super) async fn start(options: &Options) -> Result<Self, String> {
        let started = Instant::now();
        let mut child = Self::spawn(options).map_err(|error| error.to_string())?;
        match timeout(START_TIMEOUT, child.read_response()).await {
            Ok(Ok(Response::Ready)) => {
                let ms = started.elapsed().as_millis();
                tracing::debug!(pid = child.process.id(), ms, "typesetting process started");
                Ok(child)
            }
            Ok(Ok(Response::Done(_))) => Err("the process sent a result before it was ready".to_owned()),
            Ok(Err(_)) => Err(format!("the process ended during its start: {}", child.kill().await)),
            Err(_) => Err(format!("the process was not ready after {START_TIMEOUT:?}")),
        }
    }

    fn spawn(options: &Options) -> io::Result<Self> {
        let mut process = Command::new(&options.program)
            .args(&options.arguments)
            .arg(options.memory_bytes.to_string())
            // Clears the environment, because the environment of the service contains secrets.
            .env_clear()
            // Limits the allocator to two arenas, because each arena reserves a part of the limited address space.
            .env("MALLOC_ARENA_MAX", "2")
            .current_dir("/")
            // Starts a separate process group, so that Ctrl-C reaches the service only. The service ends the child.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("missing pipe");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        Ok(Self { process, stdin, stdout, jobs: 0 })
    }

    /// Sends one request and waits for the result.
    ///
    /// # Errors
    /// Returns an error if the process ended or sent a malformed frame. After an error or a drop of this future, the
    /// child must not be used again.
    pub(super) async fn exchange(&mut self, frame: &[u8]) -> io::Result<Result<Rendered, TypesetError>> {
        self.jobs += 1;
        self.stdin.write_all(frame).await?;
        self.stdin.flush().await?;
        match self.read_response().await? {
            Response::Done(result) => Ok(result),
            Response::Ready => Err(io::Error::other("the process was ready twice")),
        }
    }

    async fn read_response(&mut self) -> io::Result<Response> {
        let length = self.stdout.read_u32_le().await? as usize;
        if length > protocol::MAX_RESPONSE_BYTES {
            return Err(io::Error::other("frame too long"));
        }
        let mut body = vec![0; length];
        self.stdout.read_exact(&mut body).await?;
        protocol::decode_response(&body).map_err(io::Error::other)
    }

    /// Returns the number of requests that were sent to the child.
    pub(super) fn jobs(&self) -> u32 {
        self.jobs
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Kills the process if the process runs, and returns its exit status. Waits for the end of the process, so that
    /// the memory is free before the next child starts.
    pub(super) async fn kill(mut self) -> String {
        // Ignores the result, because the process may have ended already.
        let _ = self.process.start_kill();
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}
