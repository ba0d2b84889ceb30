//! The typesetting process: takes documents from standard input, gives PDFs to standard output,
//! and can do nothing else.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use rustix::thread::set_no_new_privs;

use crate::document::{Rendered, Request};
use crate::failure::Failure;
use crate::fonts::Fonts;
use crate::frame::read_frame;
use crate::render::render;
use crate::wire::{self, Reply};

/// CPU seconds in the life of the process: a backstop behind the service's own deadline.
const CPU_SECONDS: u64 = 600;

/// Sets the styles, colours and tables in motion that every document needs.
const WARM_UP: &str = "# A\n\n*b* **c** `d`\n\n```rust\nfn e() {}\n```\n\n|f|g|\n|-|-|\n|h|i|\n";

/// Runs the process until standard input ends. The last argument is the most bytes of address
/// space it may have.
///
/// Fails if it cannot confine itself, cannot typeset at all, or is sent something that is no
/// request. Says nothing on standard error: a panic's message may quote a document.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|_| {}));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    confine(memory_bytes()?)?;
    let fonts = Fonts::new();
    let warm_up = Request { markdown: WARM_UP.to_owned(), ..Request::default() };
    render(&warm_up, &fonts).map_err(io::Error::other)?;
    // The fonts are in the program and the pipes are open: from here on not a single file or
    // socket can be opened, whatever a document makes the engine do.
    limit(Resource::Nofile, 0)?;
    say(&Reply::Ready)?;
    let mut stdin = io::stdin().lock();
    while let Some(body) = read_frame(&mut stdin, wire::REQUEST_BYTES)? {
        let request = wire::decode_request(&body).map_err(io::Error::other)?;
        drop(body);
        say(&Reply::Done(answer(&request, &fonts)))?;
    }
    Ok(())
}

/// A panic is the document's failure: the engine has no state that outlives a document but its
/// cache, which is emptied while the panic unwinds.
fn answer(request: &Request, fonts: &Fonts) -> Result<Rendered, Failure> {
    panic::catch_unwind(AssertUnwindSafe(|| render(request, fonts)))
        .unwrap_or_else(|_| Err(Failure::failed("the engine panicked")))
}

fn say(reply: &Reply) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(&wire::encode_reply(reply)?)?;
    stdout.flush()
}

fn memory_bytes() -> io::Result<u64> {
    let last = std::env::args().next_back().unwrap_or_default();
    last.parse().map_err(io::Error::other)
}

/// Gives up what a document has no need of.
fn confine(memory_bytes: u64) -> io::Result<()> {
    // Sent when the *thread* that started this process ends, which may be before the service
    // does; the service takes that for a child that died in its sleep.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_no_new_privs(true)?;
    // A core file would hold a document.
    limit(Resource::Core, 0)?;
    limit(Resource::As, memory_bytes)?;
    limit(Resource::Cpu, CPU_SECONDS)
}

/// Both limits, so that the process cannot raise it again.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    Ok(())
}
