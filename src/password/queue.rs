//! A bounded queue that is fair between sources: each source's jobs in their order, the sources in turn.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

/// Work that somebody waits for, or not any more.
pub trait Awaited {
    fn abandoned(&self) -> bool;
}

/// Jobs by who wants them. No source can own it: when it is full, the newest job of the source with
/// the most makes room for one of a source that has at least two fewer.
pub struct Queue<J> {
    sources: HashMap<IpAddr, VecDeque<J>>,
    /// Every source that has a job, the next one first.
    turns: VecDeque<IpAddr>,
    waiting: usize,
    bound: usize,
}

impl<J: Awaited> Queue<J> {
    pub fn new(bound: usize) -> Self {
        Self { sources: HashMap::new(), turns: VecDeque::new(), waiting: 0, bound }
    }

    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether a job of this source would be taken now.
    pub fn has_room(&mut self, source: IpAddr) -> bool {
        self.waiting < self.bound || self.forget_abandoned() || self.greediest(source).is_some()
    }

    /// Puts a job behind those of its source. A job that has to make room is dropped.
    ///
    /// # Errors
    /// The job, when as many wait as may.
    pub fn push(&mut self, source: IpAddr, job: J) -> Result<(), J> {
        if self.waiting >= self.bound && !self.forget_abandoned() {
            let Some(greediest) = self.greediest(source) else { return Err(job) };
            self.take(greediest, VecDeque::pop_back);
        }
        let jobs = self.sources.entry(source).or_default();
        if jobs.is_empty() {
            self.turns.push_back(source);
        }
        jobs.push_back(job);
        self.waiting += 1;
        Ok(())
    }

    /// The next job that somebody still waits for; its source has its next turn after all others.
    pub fn pop(&mut self) -> Option<J> {
        while let Some(&source) = self.turns.front() {
            self.turns.rotate_left(1);
            if let Some(job) = self.take(source, VecDeque::pop_front).filter(|job| !job.abandoned()) {
                return Some(job);
            }
        }
        None
    }

    /// Takes one job of a source, which leaves the turns with its last.
    fn take(&mut self, source: IpAddr, end: impl FnOnce(&mut VecDeque<J>) -> Option<J>) -> Option<J> {
        let jobs = self.sources.get_mut(&source)?;
        let job = end(jobs);
        self.waiting -= usize::from(job.is_some());
        if jobs.is_empty() {
            self.sources.remove(&source);
            self.turns.retain(|other| *other != source);
        }
        job
    }

    /// Those whose client has gone make room for one whose client has not; whether they made any.
    fn forget_abandoned(&mut self) -> bool {
        for jobs in self.sources.values_mut() {
            jobs.retain(|job| !job.abandoned());
        }
        self.sources.retain(|_, jobs| !jobs.is_empty());
        self.turns.retain(|source| self.sources.contains_key(source));
        self.waiting = self.sources.values().map(VecDeque::len).sum();
        self.waiting < self.bound
    }

    /// The source with the most jobs, where it has at least two more than this one.
    fn greediest(&self, than: IpAddr) -> Option<IpAddr> {
        let own = self.sources.get(&than).map_or(0, VecDeque::len);
        let (source, jobs) = self.sources.iter().max_by_key(|(_, jobs)| jobs.len())?;
        (jobs.len() > own + 1).then_some(*source)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Job<'a>(&'static str, &'a Cell<bool>);

    impl Awaited for Job<'_> {
        fn abandoned(&self) -> bool {
            self.1.get()
        }
    }

    fn source(number: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, number])
    }

    /// Takes these jobs of numbered sources in this order, all of which somebody waits for.
    fn filled<'a>(bound: usize, jobs: &[(u8, &'static str)], gone: &'a Cell<bool>) -> Queue<Job<'a>> {
        let mut queue = Queue::new(bound);
        for (number, name) in jobs {
            assert!(queue.push(source(*number), Job(name, gone)).is_ok(), "{name}");
        }
        queue
    }

    fn emptied(mut queue: Queue<Job<'_>>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop().map(|job| job.0)).collect()
    }

    #[test]
    fn sources_take_turns_and_each_keeps_its_order() {
        let here = Cell::new(false);
        let jobs = [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")];
        assert_eq!(emptied(filled(6, &jobs, &here)), ["a1", "b1", "c1", "a2", "b2", "a3"]);
    }

    #[test]
    fn a_source_that_comes_later_waits_for_one_job_of_the_flood_and_no_more() {
        let here = Cell::new(false);
        let mut queue = filled(32, &[(1, "flood"); 20], &here);
        assert!(queue.push(source(2), Job("one", &here)).is_ok());
        assert_eq!((queue.pop().unwrap().0, queue.pop().unwrap().0), ("flood", "one"));
    }

    #[test]
    fn a_full_queue_takes_no_more_of_the_source_that_fills_it() {
        let here = Cell::new(false);
        let mut queue = filled(3, &[(1, "a1"), (1, "a2"), (1, "a3")], &here);
        assert!(!queue.has_room(source(1)));
        assert_eq!(queue.push(source(1), Job("a4", &here)).unwrap_err().0, "a4");
        assert_eq!(emptied(queue), ["a1", "a2", "a3"]);
    }

    #[test]
    fn in_a_full_queue_the_newest_of_the_greediest_makes_room_for_another_source() {
        let here = Cell::new(false);
        let mut queue = filled(4, &[(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1")], &here);
        assert!(queue.has_room(source(3)) && queue.push(source(3), Job("c1", &here)).is_ok());
        // Everybody has one or two now: nobody has so many that another may take a place.
        assert!(!queue.has_room(source(3)) && queue.push(source(3), Job("c2", &here)).is_err());
        assert!(queue.push(source(2), Job("b2", &here)).is_err());
        assert_eq!((queue.waiting(), emptied(queue)), (4, vec!["a1", "b1", "c1", "a2"]));
    }

    #[test]
    fn where_each_source_has_one_job_a_newcomer_is_refused() {
        let here = Cell::new(false);
        let mut queue = filled(2, &[(1, "a1"), (2, "b1")], &here);
        assert!(!queue.has_room(source(3)) && queue.push(source(3), Job("c1", &here)).is_err());
    }

    #[test]
    fn what_nobody_waits_for_is_skipped_and_gives_its_place_away() {
        let (here, gone) = (Cell::new(false), Cell::new(false));
        let mut queue = filled(3, &[(1, "a1"), (1, "a2")], &gone);
        assert!(queue.push(source(2), Job("b1", &here)).is_ok());
        gone.set(true);
        assert!(queue.has_room(source(2)) && queue.push(source(2), Job("b2", &here)).is_ok());
        assert_eq!((queue.waiting(), emptied(queue)), (2, vec!["b1", "b2"]));
        let mut queue = filled(3, &[(1, "a1"), (2, "b1")], &gone);
        assert!(queue.pop().is_none() && queue.waiting() == 0);
    }
}
