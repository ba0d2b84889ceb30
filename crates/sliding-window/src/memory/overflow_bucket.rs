//! The one key per policy that all new keys share while every key held is at its limit.

use parking_lot::Mutex;

use super::{
    limit::{Charge, Limit, Tick},
    timestamps::Log,
};

/// One log per limit name; as few as the policies declared, so searching a list is quick.
#[derive(Debug, Default)]
pub struct Overflow(Mutex<Shared>);

#[derive(Debug, Default)]
struct Shared {
    logs: Vec<(&'static str, Limit, Log)>,
    uses: u64,
}

// The lock is taken while shards are locked, and no shard is ever locked while it is held: it
// comes last in the order, so it cannot close a circle of waiting.
impl Overflow {
    pub fn admit(&self, name: &'static str, limit: Limit, now: Tick) -> Result<Charge, Tick> {
        let mut shared = self.0.lock();
        shared.uses += 1;
        shared.log(name, limit).admit(limit, now)
    }

    pub fn refund(&self, name: &'static str, limit: Limit, stamp: Tick) -> bool {
        self.0.lock().log(name, limit).remove(stamp)
    }

    /// How often a key had to share, admitted or not.
    pub fn uses(&self) -> u64 {
        self.0.lock().uses
    }
}

impl Shared {
    fn log(&mut self, name: &'static str, limit: Limit) -> &mut Log {
        let known = self.logs.iter().position(|held| (held.0, held.1) == (name, limit));
        let at = known.unwrap_or_else(|| {
            self.logs.push((name, limit, Log::default()));
            self.logs.len() - 1
        });
        &mut self.logs[at].2
    }
}
