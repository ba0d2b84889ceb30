//! Overflow bucket: one key per policy that all new keys share while every held key is at its limit.

use parking_lot::Mutex;

use super::{
    limit::{Charge, Limit, Micros},
    timestamps::Timestamps,
};

/// One bucket per policy name and limit. A list is fast enough, because policies are few.
#[derive(Debug, Default)]
pub struct OverflowBucket(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    buckets: Vec<(&'static str, Limit, Timestamps)>,
    uses: u64,
}

// This lock is taken while shards are locked, and no shard is locked while it is held. It is therefore
// always the last lock and cannot cause a deadlock.
impl OverflowBucket {
    pub fn admit(&self, name: &'static str, limit: Limit, now: Micros) -> Result<Charge, Micros> {
        let mut buckets = self.0.lock();
        buckets.uses += 1;
        buckets.bucket(name, limit).admit(limit, now)
    }

    pub fn refund(&self, name: &'static str, limit: Limit, admitted_at: Micros) -> bool {
        self.0.lock().bucket(name, limit).remove(admitted_at)
    }

    /// Returns how many requests used a bucket, admitted or not.
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
