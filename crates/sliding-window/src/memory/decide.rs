//! Decision about all limits of one request: every limit is charged, or no limit is charged.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{
    super::{ChargeReceipt, Decision, Grant, LimitRequest, LimitStatus},
    MemoryStore, NAME,
    key::{KeyHash, Tag},
    limit::{Charge, Limit, Micros},
    shard::{LockedShards, Shard, Verdict},
};

impl MemoryStore {
    /// Charges one admission under every limit in `requests`. If any limit rejects the request, charges no limit.
    ///
    /// Holds locks only during the decision. Waits only for other calls of the store, never for I/O.
    pub fn decide_now(&self, requests: &[LimitRequest<'_>], now: Instant) -> Decision {
        let now = self.micros(now);
        match requests {
            [request] => self.decide_one(request, now),
            requests => self.decide_all(requests, now),
        }
    }

    fn decide_one(&self, request: &LimitRequest<'_>, now: Micros) -> Decision {
        let hash = self.hasher.hash(request);
        if let Some(wait) = self.deny_cache.wait(hash, now) {
            // Limits the wait to the window, because `now` may be older than the cached rejection.
            return Decision::Rejected(rejection(request, wait.min(Limit::of(request.policy).window)));
        }
        // Holds one lock from the check to the charge, so that no other request is charged in between.
        let mut shard = self.shard(hash).lock();
        match self.admit(&mut shard, request, hash, now, &[]) {
            Ok(grant) => Decision::Admitted(vec![grant]),
            Err(status) => Decision::Rejected(status),
        }
    }

    fn decide_all(&self, requests: &[LimitRequest<'_>], now: Micros) -> Decision {
        let hashes: Vec<KeyHash> = requests.iter().map(|request| self.hasher.hash(request)).collect();
        let tags: Vec<Tag> = hashes.iter().map(|hash| hash.tag()).collect();
        // Holds every lock until the end, so that the result of the check is still true during the charge.
        let mut locked = LockedShards::new(&self.shards, &hashes);
        // Checks all limits before the first charge, because a rejected request must not evict keys of other clients.
        if let Some(rejection) = longest_wait(&mut locked, requests, &hashes, now) {
            return Decision::Rejected(rejection);
        }
        let mut grants = Vec::with_capacity(requests.len());
        for (request, &hash) in requests.iter().zip(&hashes) {
            match self.admit(locked.shard(hash), request, hash, now, &tags) {
                Ok(grant) => grants.push(grant),
                // All limits were checked above. Only an overflow bucket, or a key that occurs twice in `requests`,
                // can still reject the request.
                Err(rejection) => {
                    self.undo(&mut locked, grants);
                    return Decision::Rejected(rejection);
                }
            }
        }
        Decision::Admitted(grants)
    }

    fn admit(
        &self,
        shard: &mut Shard,
        request: &LimitRequest<'_>,
        hash: KeyHash,
        now: Micros,
        pinned: &[Tag],
    ) -> Result<Grant, LimitStatus> {
        let (policy, limit) = (*request.policy, Limit::of(request.policy));
        let (charged, key_hash) = match shard.admit(hash.tag(), limit, now, pinned) {
            Verdict::Admitted(charge) => (Ok(charge), Some(hash.0)),
            Verdict::Rejected(wait) => {
                self.deny_cache.insert(hash, now.saturating_add(wait));
                (Err(wait), None)
            }
            Verdict::AtCapacity => (self.overflow.admit(policy.name(), limit, now), None),
        };
        let Charge { admitted_at, remaining, reset } = charged.map_err(|wait| rejection(request, wait))?;
        Ok(Grant {
            status: LimitStatus::new(policy, remaining, Duration::from_micros(reset)),
            receipt: ChargeReceipt { store: NAME, policy, key_hash, admission: admitted_at },
        })
    }

    fn undo(&self, locked: &mut LockedShards<'_>, grants: Vec<Grant>) {
        for ChargeReceipt { policy, key_hash, admission, .. } in grants.into_iter().map(|grant| grant.receipt) {
            match key_hash.map(KeyHash) {
                Some(hash) => self.refund_in(locked.shard(hash), hash, admission),
                None => self.overflow.refund(policy.name(), Limit::of(&policy), admission),
            };
        }
    }

    pub(super) fn refund_in(&self, shard: &mut Shard, hash: KeyHash, admitted_at: Micros) -> bool {
        // Clears the deny cache before the refund, because the key is not at its limit after the refund.
        self.deny_cache.remove(hash);
        shard.refund(hash.tag(), admitted_at)
    }

    pub(super) fn shard(&self, hash: KeyHash) -> &Mutex<Shard> {
        &self.shards[hash.shard(self.shards.len())]
    }

    /// Converts `now` to microseconds since the epoch.
    ///
    /// Rounds every time down, so that the error of a difference between two times is below one microsecond.
    pub(super) fn micros(&self, now: Instant) -> Micros {
        let age = now.saturating_duration_since(self.epoch);
        age.as_secs().saturating_mul(1_000_000) + Micros::from(age.subsec_micros())
    }
}

fn longest_wait(
    locked: &mut LockedShards<'_>,
    requests: &[LimitRequest<'_>],
    hashes: &[KeyHash],
    now: Micros,
) -> Option<LimitStatus> {
    let rejections = requests.iter().zip(hashes).filter_map(|(request, &hash)| {
        let wait = locked.shard(hash).wait(hash.tag(), Limit::of(request.policy), now);
        wait.map(|wait| rejection(request, wait))
    });
    rejections.max_by_key(LimitStatus::reset)
}

fn rejection(request: &LimitRequest<'_>, wait: Micros) -> LimitStatus {
    LimitStatus::new(*request.policy, 0, Duration::from_micros(wait))
}
