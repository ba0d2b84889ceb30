//! Puts the question of one request to its shards: all of its limits admit it, or none is charged.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{
    super::{Ask, Decision, Grant, Receipt, Standing},
    MemoryStore, NAME,
    key::{Digest, Tag},
    limit::{Charge, Limit, Tick},
    locks::Locked,
    shard::{Shard, Verdict},
};

impl MemoryStore {
    /// Admits a request under all of `asks` or charges none. Holds no lock beyond the decision and
    /// waits for nothing but other decisions.
    pub fn decide_now(&self, asks: &[Ask<'_>], now: Instant) -> Decision {
        let now = self.tick(now);
        match asks {
            [ask] => self.decide_one(ask, now),
            asks => self.decide_all(asks, now),
        }
    }

    fn decide_one(&self, ask: &Ask<'_>, now: Tick) -> Decision {
        let digest = self.digester.digest(ask);
        if let Some(wait) = self.refusals.wait(digest, now) {
            // A reading of the clock that was overtaken waits no longer than a window either.
            return Decision::Refused(refusal(ask, wait.min(Limit::of(ask.policy).window)));
        }
        // One lock held from the check to the charge: there is no moment between the two.
        let mut shard = self.shard(digest).lock();
        match self.admit(&mut shard, ask, digest, now, &[]) {
            Ok(grant) => Decision::Admitted(vec![grant]),
            Err(standing) => Decision::Refused(standing),
        }
    }

    fn decide_all(&self, asks: &[Ask<'_>], now: Tick) -> Decision {
        let digests: Vec<Digest> = asks.iter().map(|ask| self.digester.digest(ask)).collect();
        let tags: Vec<Tag> = digests.iter().map(|digest| digest.tag()).collect();
        // Every lock is held until the end: what was checked is still so when it is charged.
        let mut locked = Locked::new(&self.shards, &digests);
        // Checked before anything is charged, so that a refused request makes no room either: it
        // could otherwise push out the keys of others for free.
        if let Some(refusal) = longest_wait(&mut locked, asks, &digests, now) {
            return Decision::Refused(refusal);
        }
        let mut grants = Vec::with_capacity(asks.len());
        for (ask, &digest) in asks.iter().zip(&digests) {
            match self.admit(locked.shard(digest), ask, digest, now, &tags) {
                Ok(grant) => grants.push(grant),
                // Only a shared key, or a key asked for twice, can still refuse.
                Err(refusal) => {
                    self.undo(&mut locked, grants);
                    return Decision::Refused(refusal);
                }
            }
        }
        Decision::Admitted(grants)
    }

    fn admit(
        &self,
        shard: &mut Shard,
        ask: &Ask<'_>,
        digest: Digest,
        now: Tick,
        spared: &[Tag],
    ) -> Result<Grant, Standing> {
        let (policy, limit) = (*ask.policy, Limit::of(ask.policy));
        let (charged, digest) = match shard.admit(digest.tag(), limit, now, spared) {
            Verdict::Admitted(charge) => (Ok(charge), Some(digest.0)),
            Verdict::Wait(wait) => {
                self.refusals.note(digest, now.saturating_add(wait));
                (Err(wait), None)
            }
            Verdict::Crowded => (self.overflow.admit(policy.name(), limit, now), None),
        };
        let Charge { stamp, remaining, reset } = charged.map_err(|wait| refusal(ask, wait))?;
        Ok(Grant {
            standing: Standing::new(policy, remaining, Duration::from_micros(reset)),
            receipt: Receipt { store: NAME, policy, digest, stamp },
        })
    }

    fn undo(&self, locked: &mut Locked<'_>, grants: Vec<Grant>) {
        for Receipt { policy, digest, stamp, .. } in grants.into_iter().map(|grant| grant.receipt) {
            match digest.map(Digest) {
                Some(digest) => self.take_back(locked.shard(digest), digest, stamp),
                None => self.overflow.refund(policy.name(), Limit::of(&policy), stamp),
            };
        }
    }

    pub(super) fn take_back(&self, shard: &mut Shard, digest: Digest, stamp: Tick) -> bool {
        // First: from here on the key is not known to be at its limit.
        self.refusals.forget(digest);
        shard.refund(digest.tag(), stamp)
    }

    pub(super) fn shard(&self, digest: Digest) -> &Mutex<Shard> {
        &self.shards[digest.shard(self.shards.len())]
    }

    /// Rounded down, like every other reading, so that differences lose nothing.
    pub(super) fn tick(&self, now: Instant) -> Tick {
        let age = now.saturating_duration_since(self.birth);
        age.as_secs().saturating_mul(1_000_000) + Tick::from(age.subsec_micros())
    }
}

fn longest_wait(locked: &mut Locked<'_>, asks: &[Ask<'_>], digests: &[Digest], now: Tick) -> Option<Standing> {
    let waits = asks.iter().zip(digests).filter_map(|(ask, &digest)| {
        let wait = locked.shard(digest).wait(digest.tag(), Limit::of(ask.policy), now);
        wait.map(|wait| refusal(ask, wait))
    });
    waits.max_by_key(Standing::reset)
}

fn refusal(ask: &Ask<'_>, wait: Tick) -> Standing {
    Standing::new(*ask.policy, 0, Duration::from_micros(wait))
}
