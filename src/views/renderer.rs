//! Renders Markdown and large pages as HTML, on threads that do not serve requests. Renders at most one text or page
//! per core at a time.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
    time::Duration,
};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::timeout};
use uuid::Uuid;

use crate::{
    errors::{AppError, AppResult},
    models::documents,
    telemetry::request_id::{self, REQUEST_ID},
    views::markdown,
};

/// Maximum time that a request waits for a core.
const WAIT: Duration = Duration::from_secs(2);
/// Maximum size, in bytes, of page content that is rendered on the thread of the request. Moving a small page to
/// another thread would take longer than rendering the page.
const INLINE_BYTES: usize = 64 * 1024;
/// Maximum number of requests per core that render or wait. The number is limited, because each of these requests holds
/// its document and the result in memory.
const REQUESTS_PER_CORE: usize = 4;
/// Maximum total size of the HTML in the cache, in bytes.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// Maximum number of rendered documents in the cache. The number is small, because a lookup searches the entries one by
/// one.
const CACHE_PAGES: usize = 512;

/// Renders Markdown and large pages for the editor. Clones share the permits and the cache.
#[derive(Clone)]
pub struct Renderer(Arc<Shared>);

struct Shared {
    /// One permit per core.
    cores: Semaphore,
    /// Permits to render or to wait for a core.
    requests: Semaphore,
    wait: Duration,
    cache: Mutex<Cache>,
}

/// ID and version of a document.
type Version = (Uuid, DateTime<Utc>);

impl Default for Renderer {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::new(cores, WAIT)
    }
}

impl Renderer {
    /// Creates a renderer for this number of cores. A caller waits for a core for at most `wait`.
    #[must_use]
    pub fn new(cores: usize, wait: Duration) -> Self {
        Self(Arc::new(Shared {
            cores: Semaphore::new(cores),
            requests: Semaphore::new(cores * REQUESTS_PER_CORE),
            wait,
            cache: Mutex::default(),
        }))
    }

    /// Returns the HTML of a stored document, from the cache if this version was rendered recently.
    ///
    /// # Errors
    /// Returns the errors of [`Renderer::html`].
    pub async fn html_of(&self, document: &documents::Model) -> AppResult<Arc<str>> {
        let version = (document.pid, document.updated_at.to_utc());
        if let Some(html) = self.0.cache.lock().get(&version) {
            return Ok(html);
        }
        let html = self.html(document.body.clone()).await?;
        self.0.cache.lock().insert(version, Arc::clone(&html));
        Ok(html)
    }

    /// Returns the HTML of a Markdown text. Rendering stops if the caller drops the future.
    ///
    /// # Errors
    /// Returns the errors of [`Renderer::run`].
    pub async fn html(&self, text: String) -> AppResult<Arc<str>> {
        self.run_stoppable(move |stopped| markdown::html_until(&text, || stopped.load(Ordering::Relaxed)).into()).await
    }

    /// Runs work that checks a stop flag. The flag is set if the caller drops the future before the work is done.
    async fn run_stoppable<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
    ) -> AppResult<T> {
        let stop = StopOnDrop(Arc::default());
        let stopped = Arc::clone(&stop.0);
        self.run(move || work(&stopped)).await
    }

    /// Renders a page whose content has the size `bytes`. Content of at most 64 KiB is rendered on the current thread,
    /// and larger content with [`Renderer::run`].
    ///
    /// # Errors
    /// Returns the errors of `work` and of [`Renderer::run`].
    pub async fn page<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        if bytes <= INLINE_BYTES { work() } else { self.run(work).await? }
    }

    /// Waits for a core, then runs long work on another thread.
    ///
    /// # Errors
    /// `service_unavailable` if no core is free within the maximum waiting time, or if too many requests already render
    /// or wait.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> AppResult<T> {
        let shared = Arc::clone(&self.0);
        let request = shared.requests.try_acquire();
        let _request = request.map_err(|_| AppError::unavailable("too many requests wait to render"))?;
        let acquired = timeout(shared.wait, shared.cores.acquire()).await;
        let acquired = acquired.map_err(|_| AppError::unavailable("no core is free to render"))?;
        let permit = acquired.map_err(AppError::internal)?;
        // The thread returns the permit, because the thread uses the core even after the caller has stopped waiting.
        permit.forget();
        let returned = ReturnPermit(Arc::clone(&shared));
        let id = request_id::current();
        let rendered = tokio::task::spawn_blocking(move || {
            let _returned = returned;
            // Sets the request ID in the other thread, because pages contain the request ID.
            match id {
                Some(id) => REQUEST_ID.sync_scope(id, work),
                None => work(),
            }
        });
        rendered.await.map_err(AppError::internal)
    }
}

struct ReturnPermit(Arc<Shared>);

impl Drop for ReturnPermit {
    fn drop(&mut self) {
        self.0.cores.add_permits(1);
    }
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// HTML that was rendered most recently. The oldest entry is the first.
#[derive(Default)]
struct Cache {
    pages: VecDeque<(Version, Arc<str>)>,
    bytes: usize,
}

impl Cache {
    fn get(&self, version: &Version) -> Option<Arc<str>> {
        self.pages.iter().find(|(known, _)| known == version).map(|(_, html)| Arc::clone(html))
    }

    fn insert(&mut self, version: Version, html: Arc<str>) {
        if html.len() > CACHE_BYTES || self.get(&version).is_some() {
            return;
        }
        self.bytes += html.len();
        self.pages.push_back((version, html));
        while self.bytes > CACHE_BYTES || self.pages.len() > CACHE_PAGES {
            let Some((_, oldest)) = self.pages.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use futures_util::{FutureExt, future::join_all, poll};
    use tokio::sync::oneshot;

    use super::*;
    use crate::{errors::Code, telemetry::request_id::RequestId};

    #[test]
    fn cache_keeps_the_newest_pages_within_its_bytes() {
        let mut cache = Cache::default();
        let half: Arc<str> = "x".repeat(CACHE_BYTES / 2).into();
        let versions: Vec<_> = (0..3).map(|_| (Uuid::now_v7(), DateTime::UNIX_EPOCH)).collect();
        for version in &versions {
            cache.insert(*version, Arc::clone(&half));
        }
        assert!(cache.get(&versions[0]).is_none() && cache.get(&versions[2]).is_some());
        assert_eq!(cache.bytes, CACHE_BYTES / 2 * 2);
        for _ in 0..=CACHE_PAGES {
            cache.insert((Uuid::now_v7(), DateTime::UNIX_EPOCH), "".into());
        }
        assert_eq!((cache.pages.len(), cache.bytes), (CACHE_PAGES, 0), "empty pages are counted, too");
    }

    #[tokio::test]
    async fn renderer_is_unavailable_while_every_core_renders() {
        let renderer = Renderer::new(2, Duration::from_millis(1));
        let taken = renderer.0.cores.acquire_many(2).await.unwrap();
        assert_eq!(renderer.html("a".to_owned()).await.unwrap_err().code, Code::ServiceUnavailable);
        drop(taken);
        assert_eq!(&*renderer.html("a".to_owned()).await.unwrap(), "<p>a</p>\n");
        assert_eq!(renderer.0.cores.available_permits(), 2);
    }

    #[tokio::test]
    async fn renderer_stops_abandoned_work_and_frees_the_core_when_the_thread_is_done() {
        const LONG: Duration = Duration::from_secs(10);
        let renderer = Renderer::new(1, LONG);
        let (begin, has_begun) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let work = move |flag: &AtomicBool| {
            begin.send(()).unwrap();
            // The number of waits is limited, so that the test fails instead of waiting forever.
            let is_set = (0..1000).any(|_| {
                let _ = finished.recv_timeout(LONG / 1000);
                flag.load(Ordering::Relaxed)
            });
            stop.send(is_set).unwrap();
            finished.recv().unwrap();
        };
        let mut call = Box::pin(renderer.run_stoppable(work));
        tokio::select! {
            _ = &mut call => panic!("the work is not done"),
            sent = has_begun => sent.unwrap(),
        }
        drop(call);
        assert!(stopped.await.unwrap(), "the work was not stopped");
        assert_eq!(renderer.0.cores.available_permits(), 0, "the thread still runs");
        finish.send(()).unwrap();
        assert!(timeout(LONG, renderer.0.cores.acquire()).await.is_ok(), "the core was not freed");
    }

    #[tokio::test]
    async fn renderer_moves_only_large_pages_to_another_thread_and_keeps_the_request_id() {
        let renderer = Renderer::default();
        let id = RequestId::generate();
        let here = thread::current().id();
        for (bytes, is_here) in [(INLINE_BYTES, true), (INLINE_BYTES + 1, false)] {
            let page = renderer.page(bytes, || Ok((thread::current().id(), request_id::current())));
            let (thread, request) = REQUEST_ID.scope(id, page).await.unwrap();
            assert_eq!((thread == here, request), (is_here, Some(id)), "{bytes}");
        }
    }

    #[tokio::test]
    async fn renderer_is_unavailable_at_once_while_too_many_requests_wait() {
        let renderer = Renderer::new(1, Duration::from_hours(1));
        let _taken = renderer.0.cores.acquire().await.unwrap();
        let mut waiting = Box::pin(join_all((0..REQUESTS_PER_CORE).map(|_| renderer.html("a".to_owned()))));
        assert!(poll!(&mut waiting).is_pending());
        let rejected = renderer.html("a".to_owned()).now_or_never().expect("the request does not wait");
        assert_eq!(rejected.unwrap_err().code, Code::ServiceUnavailable);
        drop(waiting);
        assert_eq!(renderer.0.requests.available_permits(), REQUESTS_PER_CORE);
    }
}
