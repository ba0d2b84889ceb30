//! Fair queue: a bounded queue of jobs that serves client networks round-robin.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

/// Job of a client that may disconnect or time out before the job runs.
pub trait Cancellable {
    /// Returns whether the client no longer waits for the result.
    fn is_cancelled(&self) -> bool;
}

/// Bounded queue with one FIFO queue per client network.
///
/// The key of a queue is the address of the network. If the queue is full, a new job evicts the newest job of the
/// network with the most jobs. That network must have at least two jobs more than the network of the new job.
///
/// One network therefore cannot occupy the whole queue.
pub struct FairQueue<J> {
    networks: HashMap<IpAddr, VecDeque<J>>,
    /// All networks with jobs. The first network is served next.
    rotation: VecDeque<IpAddr>,
    waiting: usize,
    capacity: usize,
}

impl<J: Cancellable> FairQueue<J> {
    /// Creates a queue for at most `capacity` jobs.
    pub fn new(capacity: usize) -> Self {
        Self { networks: HashMap::new(), rotation: VecDeque::new(), waiting: 0, capacity }
    }

    /// Returns the number of jobs.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns whether `push` would currently accept a job of `network`. If the queue is full, drops cancelled jobs.
    pub fn has_capacity(&mut self, network: IpAddr) -> bool {
        self.waiting < self.capacity || self.drop_cancelled() || self.largest_queue(network).is_some()
    }

    /// Appends a job to the jobs of its network. If the queue is full, drops all cancelled jobs. If the queue is still
    /// full, evicts and drops another job.
    ///
    /// # Errors
    /// Returns the job if the queue is full and no job can be evicted.
    pub fn push(&mut self, network: IpAddr, job: J) -> Result<(), J> {
        if self.waiting >= self.capacity && !self.drop_cancelled() {
            let Some(largest) = self.largest_queue(network) else { return Err(job) };
            self.take(largest, VecDeque::pop_back);
        }
        let jobs = self.networks.entry(network).or_default();
        if jobs.is_empty() {
            self.rotation.push_back(network);
        }
        jobs.push_back(job);
        self.waiting += 1;
        Ok(())
    }

    /// Removes and returns the next job that is not cancelled. Drops cancelled jobs that precede this job.
    pub fn pop(&mut self) -> Option<J> {
        while let Some(&network) = self.rotation.front() {
            self.rotation.rotate_left(1);
            if let Some(job) = self.take(network, VecDeque::pop_front).filter(|job| !job.is_cancelled()) {
                return Some(job);
            }
        }
        None
    }

    /// Removes one job of a network. `end` takes the job from the front or the back of the queue of the network.
    /// Removes the network if its queue is then empty.
    fn take(&mut self, network: IpAddr, end: impl FnOnce(&mut VecDeque<J>) -> Option<J>) -> Option<J> {
        let jobs = self.networks.get_mut(&network)?;
        let job = end(jobs);
        self.waiting -= usize::from(job.is_some());
        if jobs.is_empty() {
            self.networks.remove(&network);
            self.rotation.retain(|other| *other != network);
        }
        job
    }

    /// Drops all cancelled jobs. Returns whether the queue then has free capacity.
    fn drop_cancelled(&mut self) -> bool {
        for jobs in self.networks.values_mut() {
            jobs.retain(|job| !job.is_cancelled());
        }
        self.networks.retain(|_, jobs| !jobs.is_empty());
        self.rotation.retain(|network| self.networks.contains_key(network));
        self.waiting = self.networks.values().map(VecDeque::len).sum();
        self.waiting < self.capacity
    }

    /// Returns the network with the most jobs if this network has at least two jobs more than `network`. Otherwise
    /// returns `None`.
    fn largest_queue(&self, network: IpAddr) -> Option<IpAddr> {
        let own = self.networks.get(&network).map_or(0, VecDeque::len);
        let (largest, jobs) = self.networks.iter().max_by_key(|(_, jobs)| jobs.len())?;
        (jobs.len() > own + 1).then_some(*largest)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Job<'a>(&'static str, &'a Cell<bool>);

    impl Cancellable for Job<'_> {
        fn is_cancelled(&self) -> bool {
            self.1.get()
        }
    }

    fn network(number: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, number])
    }

    /// Returns a queue with the given jobs. Each element of `jobs` is the number of a network and the name of a job.
    /// `cancelled` applies to all jobs.
    fn filled<'a>(capacity: usize, jobs: &[(u8, &'static str)], cancelled: &'a Cell<bool>) -> FairQueue<Job<'a>> {
        let mut queue = FairQueue::new(capacity);
        for (number, name) in jobs {
            assert!(queue.push(network(*number), Job(name, cancelled)).is_ok(), "{name}");
        }
        queue
    }

    fn drained(mut queue: FairQueue<Job<'_>>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop().map(|job| job.0)).collect()
    }

    #[test]
    fn pop_serves_networks_round_robin_and_each_in_its_sequence() {
        let active = Cell::new(false);
        let jobs = [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")];
        assert_eq!(drained(filled(6, &jobs, &active)), ["a1", "b1", "c1", "a2", "b2", "a3"]);
    }

    #[test]
    fn pop_serves_a_new_network_after_one_job_of_a_flood() {
        let active = Cell::new(false);
        let mut queue = filled(32, &[(1, "flood"); 20], &active);
        assert!(queue.push(network(2), Job("one", &active)).is_ok());
        assert_eq!((queue.pop().unwrap().0, queue.pop().unwrap().0), ("flood", "one"));
    }

    #[test]
    fn push_rejects_the_network_that_fills_the_queue() {
        let active = Cell::new(false);
        let mut queue = filled(3, &[(1, "a1"), (1, "a2"), (1, "a3")], &active);
        assert!(!queue.has_capacity(network(1)));
        assert_eq!(queue.push(network(1), Job("a4", &active)).unwrap_err().0, "a4");
        assert_eq!(drained(queue), ["a1", "a2", "a3"]);
    }

    #[test]
    fn push_evicts_the_newest_job_of_the_largest_queue_when_full() {
        let active = Cell::new(false);
        let mut queue = filled(4, &[(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1")], &active);
        assert!(queue.has_capacity(network(3)) && queue.push(network(3), Job("c1", &active)).is_ok());
        // No job can be evicted, because no network has at least two jobs more than another network.
        assert!(!queue.has_capacity(network(3)) && queue.push(network(3), Job("c2", &active)).is_err());
        assert!(queue.push(network(2), Job("b2", &active)).is_err());
        assert_eq!((queue.waiting(), drained(queue)), (4, vec!["a1", "b1", "c1", "a2"]));
    }

    #[test]
    fn push_rejects_a_new_network_when_every_network_has_one_job() {
        let active = Cell::new(false);
        let mut queue = filled(2, &[(1, "a1"), (2, "b1")], &active);
        assert!(!queue.has_capacity(network(3)) && queue.push(network(3), Job("c1", &active)).is_err());
    }

    #[test]
    fn queue_drops_cancelled_jobs_when_capacity_is_needed() {
        let (active, cancelled) = (Cell::new(false), Cell::new(false));
        let mut queue = filled(3, &[(1, "a1"), (1, "a2")], &cancelled);
        assert!(queue.push(network(2), Job("b1", &active)).is_ok());
        cancelled.set(true);
        assert!(queue.has_capacity(network(2)) && queue.push(network(2), Job("b2", &active)).is_ok());
        assert_eq!((queue.waiting(), drained(queue)), (2, vec!["b1", "b2"]));
    }

    #[test]
    fn pop_skips_cancelled_jobs() {
        let cancelled = Cell::new(true);
        let mut queue = filled(3, &[(1, "a1"), (2, "b1")], &cancelled);
        assert!(queue.pop().is_none() && queue.waiting() == 0);
    }
}
