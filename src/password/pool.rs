//! A fixed number of threads that take hashing work from a bounded queue.

use std::{collections::VecDeque, sync::Arc, thread};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::argon::Argon;

type HashResult = Result<String, Box<dyn std::error::Error + Send + Sync>>;

/// One hash or one comparison, and whom to tell.
pub enum Work {
    Hash { password: String, reply: oneshot::Sender<HashResult> },
    Verify { password: String, stored: Option<String>, reply: oneshot::Sender<bool> },
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

    /// Nobody waits any more: the client left, or its patience ended.
    fn abandoned(&self) -> bool {
        match &self.work {
            Work::Hash { reply, .. } => reply.is_closed(),
            Work::Verify { reply, .. } => reply.is_closed(),
        }
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

/// The queue that the threads share.
struct Queue {
    jobs: Mutex<State>,
    changed: Condvar,
    bound: usize,
}

struct State {
    waiting: VecDeque<Job>,
    open: bool,
}

/// The pool; dropping it ends its threads when they have finished what they hold.
pub struct Pool(Arc<Queue>);

impl Pool {
    pub fn start(threads: usize, bound: usize) -> Arc<Self> {
        let state = Mutex::new(State { waiting: VecDeque::new(), open: true });
        let queue = Arc::new(Queue { jobs: state, changed: Condvar::new(), bound });
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            let spawned = thread::Builder::new().name(format!("hash-{number}")).spawn(move || queue.work());
            if let Err(error) = spawned {
                tracing::error!(%error, "could not start a hashing thread");
            }
        }
        Arc::new(Self(queue))
    }

    /// Whether a job would be taken now.
    pub fn has_room(&self) -> bool {
        self.0.has_room(&mut self.0.jobs.lock())
    }

    /// Jobs that no thread has taken yet.
    pub fn waiting(&self) -> usize {
        self.0.jobs.lock().waiting.len()
    }

    /// Puts a job at the queue's end.
    ///
    /// # Errors
    /// When as many jobs wait already as may.
    pub fn submit(&self, job: Job) -> Result<(), ()> {
        let mut state = self.0.jobs.lock();
        if !self.0.has_room(&mut state) {
            return Err(());
        }
        state.waiting.push_back(job);
        self.0.changed.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.jobs.lock().open = false;
        self.0.changed.notify_all();
    }
}

impl Queue {
    fn has_room(&self, state: &mut State) -> bool {
        if state.waiting.len() >= self.bound {
            // Those whose client has gone make room for one whose client has not.
            state.waiting.retain(|waiting| !waiting.abandoned());
        }
        state.waiting.len() < self.bound
    }

    fn work(&self) {
        let Ok(mut argon) = Argon::new() else { return };
        while let Some(job) = self.next() {
            if !job.abandoned() {
                job.run(&mut argon);
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.jobs.lock();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            if !state.open {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> (Job, oneshot::Receiver<bool>) {
        let (reply, answer) = oneshot::channel();
        (Job::new(Work::Verify { password: "wrong".into(), stored: None, reply }), answer)
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let pool = Pool::start(0, 2);
        let kept: Vec<_> = (0..2).map(|_| job()).map(|(job, answer)| (pool.submit(job), answer)).collect();
        assert!(kept.iter().all(|(submitted, _)| submitted.is_ok()));
        assert_eq!(pool.submit(job().0), Err(()), "its answer is dropped, but the two before still wait");
    }

    #[test]
    fn a_place_whose_client_has_gone_is_given_to_the_next() {
        let pool = Pool::start(0, 1);
        let (first, answer) = job();
        pool.submit(first).unwrap();
        drop(answer);
        let (second, _waiting) = job();
        assert_eq!(pool.submit(second), Ok(()));
    }
}
