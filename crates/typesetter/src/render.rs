//! Rendering of one document from the request to the PDF, on a thread with a large stack.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use typst::foundations::Dict;
use typst_layout::PagedDocument;

use crate::{
    error::TypesetError,
    fonts::Fonts,
    limits, mapper, pdf,
    types::{Rendered, Request},
    world::DocumentWorld,
};

/// Stack size of the rendering thread, in bytes.
///
/// Typst recurses for nested blocks, and a caller's thread may have only 2 MB of stack. Unused stack costs
/// only address space.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Typesets one document.
///
/// Blocks for about 8 ms per page in a release build. Renders on a separate thread.
///
/// A process should make one call at a time, because the end of each call empties the shared cache of Typst.
///
/// # Errors
/// Returns [`ErrorCode::DocumentTooComplex`](crate::ErrorCode) with the name of the exceeded limit.
///
/// Returns [`ErrorCode::TypesettingFailed`](crate::ErrorCode) for any other error.
///
/// # Panics
/// Panics if Typst panics. The caller can catch the panic and render the next document.
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

/// Compiles the template with the values from the mapper.
pub(crate) fn layout(values: Dict, fonts: &Fonts) -> Result<PagedDocument, TypesetError> {
    let world = DocumentWorld::new(values, fonts);
    typst::compile(&world).output.map_err(|errors| TypesetError::failed(&pdf::first_message(&errors)))
}

/// Runs `task` in a pool of one thread with a large stack.
///
/// Typst runs its parallel parts in the current pool of rayon. These parts therefore use the large stack and at most
/// one core.
pub(crate) fn on_large_stack<T: Send>(
    task: impl FnOnce() -> Result<T, TypesetError> + Send,
) -> Result<T, TypesetError> {
    match &*LARGE_STACK {
        Ok(pool) => pool.install(task),
        Err(reason) => Err(TypesetError::failed(reason)),
    }
}

/// Thread pool, created once per process, because a dropped pool frees the stack of its thread only after a delay.
///
/// With one pool per document, two stacks could exist simultaneously and exceed the memory limit.
static LARGE_STACK: LazyLock<Result<ThreadPool, String>> = LazyLock::new(|| {
    let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    pool.map_err(|error| error.to_string())
});

/// Empties the cache of Typst when dropped, also after an error or a panic.
///
/// The cache would otherwise grow by 11 MB per document.
struct EvictCacheOnDrop;

impl Drop for EvictCacheOnDrop {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}
