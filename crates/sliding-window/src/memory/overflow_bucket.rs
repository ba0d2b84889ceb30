//! Overflow bucket: all new keys of a policy share one count while every held key is at its limit.

use parking_lot::Mutex;

use super::{
    limit::{Charge, Limit, Micros},
    timestamps::Timestamps,
};

/// Overflow buckets: one bucket per policy name and limit. A list is fast enough, because there are few policies.
#[derive(Debug, Default)]
pub struct OverflowBucket(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    buckets: Vec<(&'static str, Limit, Timestamps)>,
    uses: u64,
}

// The lock of the overflow buckets is taken after the locks of shards. No shard is locked while this lock is
// held. This lock is therefore always the last lock and cannot cause a deadlock.
impl OverflowBucket {
    pub fn admit(&self, name: &'static str, limit: Limit, now: Micros) -> Result<Charge, Micros> {
        let mut buckets = self.0.lock();
        buckets.uses += 1;
        buckets.bucket(name, limit).admit(limit, now)
    }

    pub fn refund(&self, name: &'static str, limit: Limit, admitted_at: Micros) -> bool {
        self.0.lock().bucket(name, limit).remove(admitted_at)
    }

    /// Returns the number of requests that used a bucket. Includes rejected requests.
    pub fn uses(&self) -> u64 {
        self.0.lock().uses
    }
}

impl Buckets {
    fn bucket(&mut self, name: &'static str, limit: Limit) -> &mut Timestamps {
        let existing = self.buckets.iter().position(|bucket| (bucket.0, bucket.1) == (name, limit));
        let at = existing.unwrap_or_else(|| {
            self.buckets.push((name, limit, Timestamps::default()));
            self.buckets.len() - 1
        });
        &mut self.buckets[at].2
    }
}
