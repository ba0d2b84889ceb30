//! Rendering of one document, from request to PDF, on a thread with a large stack.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use typst::foundations::Dict;
use typst_layout::PagedDocument;

use crate::error::TypesetError;
use crate::fonts::Fonts;
use crate::types::{Rendered, Request};
use crate::world::DocumentWorld;
use crate::{limits, mapper, pdf};

/// Stack of the rendering thread in bytes. A caller's thread may have only 2 MB, but Typst recurses for
/// nested blocks. Unused stack costs address space only.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Typesets one document.
///
/// Blocks for about 8 ms per page in a release build and runs on its own thread. A process should make one
/// call at a time, because every call empties Typst's shared cache at its end.
///
/// # Errors
/// Returns [`ErrorCode::DocumentTooComplex`](crate::ErrorCode) with the name of the exceeded limit, or
/// [`ErrorCode::TypesettingFailed`](crate::ErrorCode) for any other error.
///
/// # Panics
/// Panics if Typst panics. The process may continue.
pub fn render(request: &Request, fonts: &Fonts) -> Result<Rendered, TypesetError> {
    on_large_stack(|| {
        let _cache = EvictCacheOnDrop;
        let document = layout(mapper::map(request)?, fonts)?;
        let pages = document.pages().len();
        if pages > limits::PAGES {
            return Err(TypesetError::too_complex("pages", limits::PAGES, "pages"));
        }
        let (pdf, conformance) = pdf::export(&document, request)?;
        Ok(Rendered { pdf, pages: u32::try_from(pages).unwrap_or(u32::MAX), conformance })
    })
}

/// Compiles the template with the values of the mapper.
pub(crate) fn layout(values: Dict, fonts: &Fonts) -> Result<PagedDocument, TypesetError> {
    let world = DocumentWorld::new(values, fonts);
    typst::compile(&world).output.map_err(|errors| TypesetError::failed(&pdf::first_message(&errors)))
}

/// Runs `task` in a pool of one thread. Typst's parallel parts therefore use the same large stack, and a
/// process uses at most one core.
pub(crate) fn on_large_stack<T: Send>(
    task: impl FnOnce() -> Result<T, TypesetError> + Send,
) -> Result<T, TypesetError> {
    match &*LARGE_STACK {
        Ok(pool) => pool.install(task),
        Err(reason) => Err(TypesetError::failed(reason)),
    }
}

/// Pool that is created once per process, because a pool frees the stack of its thread after a delay. With
/// one pool per document, two stacks would sometimes exist at once and exceed the memory limit.
static LARGE_STACK: LazyLock<Result<ThreadPool, String>> = LazyLock::new(|| {
    let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    pool.map_err(|error| error.to_string())
});

/// Empties Typst's cache, also after an error or a panic. The cache otherwise grows by 11 MB per document.
struct EvictCacheOnDrop;

impl Drop for EvictCacheOnDrop {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}
