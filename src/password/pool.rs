//! A fixed number of threads that take hashing work from a bounded, fair queue.

use std::{
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::{
    argon::{Argon, Cost, Verdict},
    queue::{Awaited, Queue},
};

type HashResult = Result<String, Box<dyn std::error::Error + Send + Sync>>;

/// Called on its thread before each piece of work: what a test holds a thread with.
pub type Gate = Arc<dyn Fn() + Send + Sync>;

/// One hash or one comparison, and whom to tell.
pub enum Work {
    Hash { password: String, reply: oneshot::Sender<HashResult> },
    Verify { password: String, stored: Option<String>, reply: oneshot::Sender<Verdict> },
}

/// Work with the span of the request that asked for it.
pub struct Job {
    work: Work,
    span: tracing::Span,
}

impl Job {
    pub fn new(work: Work) -> Self {
        Self { work, span: tracing::Span::current() }
    }

    fn run(self, argon: &mut Argon) {
        let _entered = self.span.enter();
        // A failed send means that the asker left meanwhile.
        match self.work {
            Work::Hash { password, reply } => drop(reply.send(argon.hash(&password))),
            Work::Verify { password, stored, reply } => drop(reply.send(argon.verify(&password, stored.as_deref()))),
        }
    }
}

impl Awaited for Job {
    /// The client left, or its patience ended.
    fn abandoned(&self) -> bool {
        match &self.work {
            Work::Hash { reply, .. } => reply.is_closed(),
            Work::Verify { reply, .. } => reply.is_closed(),
        }
    }
}

/// What the threads share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    cost: Cost,
    gate: Option<Gate>,
}

struct State {
    queue: Queue<Job>,
    open: bool,
}

/// The pool; dropping it ends its threads when they have finished what they hold.
pub struct Pool(Arc<Shared>);

impl Pool {
    pub fn start(threads: usize, bound: usize, cost: Cost, gate: Option<Gate>) -> Arc<Self> {
        let state = Mutex::new(State { queue: Queue::new(bound), open: true });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), cost, gate });
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            let spawned = thread::Builder::new().name(format!("hash-{number}")).spawn(move || shared.work());
            if let Err(error) = spawned {
                tracing::error!(%error, "could not start a hashing thread");
            }
        }
        Arc::new(Self(shared))
    }

    /// Whether a job of this source would be taken now.
    pub fn has_room(&self, source: IpAddr) -> bool {
        self.0.state.lock().queue.has_room(source)
    }

    /// Jobs that no thread has taken yet.
    pub fn waiting(&self) -> usize {
        self.0.state.lock().queue.waiting()
    }

    /// Puts a job at the end of its source's.
    ///
    /// # Errors
    /// When as many jobs wait already as may.
    pub fn submit(&self, source: IpAddr, job: Job) -> Result<(), ()> {
        self.0.state.lock().queue.push(source, job).map_err(drop)?;
        self.0.changed.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.state.lock().open = false;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        while let Ok(mut argon) = Argon::new(self.cost) {
            // A panic costs its own job, and the memory that it was in; the thread goes on.
            if catch_unwind(AssertUnwindSafe(|| self.work_with(&mut argon))).is_ok() {
                return;
            }
        }
    }

    fn work_with(&self, argon: &mut Argon) {
        while let Some(job) = self.next() {
            if let Some(gate) = &self.gate {
                gate();
            }
            job.run(argon);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            if !state.open {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}
