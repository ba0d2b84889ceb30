//! One document from request to PDF, on a thread of known stack size.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use typst::foundations::Dict;
use typst_layout::PagedDocument;

use crate::document::{Rendered, Request};
use crate::failure::Failure;
use crate::fonts::Fonts;
use crate::world::DocumentWorld;
use crate::{limits, mapper, pdf};

/// Nested blocks are nested calls in the engine, costly ones in a debug build, and a caller's
/// thread may have as little as 2 MB. Untouched stack costs address space only.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Typesets one document.
///
/// Blocks for about 8 ms per page in a release build and runs on one thread of its own.
/// One call at a time per process keeps memory flat: the engine's cache, which all calls
/// share, is emptied at the end of each.
///
/// # Errors
/// [`Code::DocumentTooComplex`](crate::Code) names the limit that was exceeded;
/// [`Code::TypesettingFailed`](crate::Code) is everything else.
///
/// # Panics
/// If the engine does; the process may go on.
pub fn render(request: &Request, fonts: &Fonts) -> Result<Rendered, Failure> {
    on_deep_stack(|| {
        let _forget = ForgetOnDrop;
        let document = lay_out(mapper::map(request)?, fonts)?;
        let pages = document.pages().len();
        if pages > limits::PAGES {
            return Err(Failure::too_complex("pages", limits::PAGES, "pages"));
        }
        let (pdf, conformance) = pdf::export(&document, request)?;
        Ok(Rendered { pdf, pages: u32::try_from(pages).unwrap_or(u32::MAX), conformance })
    })
}

/// Lays out what the mapper made.
pub(crate) fn lay_out(values: Dict, fonts: &Fonts) -> Result<PagedDocument, Failure> {
    let world = DocumentWorld::new(values, fonts);
    typst::compile(&world).output.map_err(|errors| Failure::failed(&pdf::first_message(&errors)))
}

/// Runs `task` in a pool of one: the engine's parallel parts stay on the same deep stack, and
/// a process' share of the machine is one core.
pub(crate) fn on_deep_stack<T: Send>(task: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    match &*DEEP_STACK {
        Ok(pool) => pool.install(task),
        Err(reason) => Err(Failure::failed(reason)),
    }
}

/// Made once: a pool lets go of its thread some time after it is dropped, so one for each document
/// would need room for two stacks now and then, and a process at its limit would fail by chance.
static DEEP_STACK: LazyLock<Result<ThreadPool, String>> = LazyLock::new(|| {
    let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    pool.map_err(|error| error.to_string())
});

/// Empties the engine's cache, also when typesetting fails or panics: kept, it grows by
/// 11 MB with each document.
struct ForgetOnDrop;

impl Drop for ForgetOnDrop {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}
