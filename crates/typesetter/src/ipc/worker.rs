//! Typesetting process: reads requests from standard input and writes PDFs to standard output.
//!
//! The process restricts its privileges and resources before it reads the first request.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setpriority_process, setrlimit};
use rustix::thread::set_no_new_privs;

use super::framing::read_frame;
use super::protocol::{self, Response};
use crate::{
    error::TypesetError,
    fonts::Fonts,
    render::render,
    types::{Rendered, Request},
};

/// Maximum CPU time of the process in seconds. The service also stops a process after a deadline.
const CPU_SECONDS: u64 = 600;

/// Nice value of the process, which is also the nice value of the hashing threads of the service. The threads that serve
/// requests run first.
const NICE: i32 = 10;

/// Markdown of the warm-up document, which the process renders before the first request.
///
/// Rendering this document initializes styles, colours and tables for all documents.
const WARM_UP: &str = "# A\n\n*b* **c** `d`\n\n```rust\nfn e() {}\n```\n\n|f|g|\n|-|-|\n|h|i|\n";

/// Runs the process until standard input ends. The last command-line argument is the maximum address space in bytes.
///
/// Returns a failure if the process cannot restrict itself, cannot typeset the warm-up document, or receives
/// a malformed request.
///
/// Writes nothing to standard error, because a panic message may quote a document.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|_| {}));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    restrict_process(memory_argument()?)?;
    let fonts = Fonts::new();
    let warm_up = Request { markdown: WARM_UP.to_owned(), ..Request::default() };
    render(&warm_up, &fonts).map_err(io::Error::other)?;
    // Prevents documents from opening files or sockets. The process needs no further files, because the binary
    // contains the fonts and the pipes are already open.
    set_limit(Resource::Nofile, 0)?;
    send(&Response::Ready)?;
    let mut stdin = io::stdin().lock();
    while let Some(body) = read_frame(&mut stdin, protocol::MAX_REQUEST_BYTES)? {
        let request = protocol::decode_request(&body).map_err(io::Error::other)?;
        drop(body);
        send(&Response::Done(render_or_report_panic(&request, &fonts)))?;
    }
    Ok(())
}

/// Renders a document, and reports a panic as an error of the document.
///
/// The process continues after a panic, because the cache of Typst is the only state that several documents
/// share. When the panic unwinds the stack, `render` empties this cache.
fn render_or_report_panic(request: &Request, fonts: &Fonts) -> Result<Rendered, TypesetError> {
    panic::catch_unwind(AssertUnwindSafe(|| render(request, fonts)))
        .unwrap_or_else(|_| Err(TypesetError::failed("Typst panicked")))
}

fn send(response: &Response) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(&protocol::encode_response(response)?)?;
    stdout.flush()
}

/// Reads the maximum address space in bytes from the last command-line argument.
fn memory_argument() -> io::Result<u64> {
    let last = std::env::args().next_back().unwrap_or_default();
    last.parse().map_err(io::Error::other)
}

/// Limits the privileges, the priority and the resources of the process.
fn restrict_process(memory_bytes: u64) -> io::Result<()> {
    // The kernel sends the signal when the *thread* that started this process ends. That thread may end
    // before the service ends. The service then replaces this process.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_no_new_privs(true)?;
    setpriority_process(None, NICE)?;
    // Prevents a core file, because a core file would contain a document.
    set_limit(Resource::Core, 0)?;
    set_limit(Resource::As, memory_bytes)?;
    set_limit(Resource::Cpu, CPU_SECONDS)
}

/// Sets the soft limit and the hard limit, so that the process cannot raise the limit later.
fn set_limit(resource: Resource, maximum: u64) -> io::Result<()> {
    setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) })?;
    Ok(())
}
