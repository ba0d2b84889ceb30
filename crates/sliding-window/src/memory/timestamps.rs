//! The admissions of one key that its window may still hold, oldest first.

use std::collections::VecDeque;

use super::limit::{Charge, Limit, Tick};

/// As many stamps as lie inside the log itself: enough for a policy of five, so that such a key
/// costs no second allocation.
const INLINE: usize = 5;

/// Six bytes, not eight: a million keys of five stamps each save ten megabytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Packed([u8; 6]);

impl Packed {
    fn new(tick: Tick) -> Self {
        let mut packed = Self::default();
        packed.0.copy_from_slice(&tick.to_le_bytes()[..6]);
        packed
    }

    fn tick(self) -> Tick {
        let mut bytes = [0; 8];
        bytes[..6].copy_from_slice(&self.0);
        Tick::from_le_bytes(bytes)
    }
}

/// Stamps in ascending order, at most the policy's number of them.
#[derive(Debug)]
pub enum Log {
    Few {
        len: u8,
        stamps: [Packed; INLINE],
    },
    // Boxed so that the rare long log does not make every short one larger.
    #[expect(clippy::box_collection, reason = "keeps the enum at 32 bytes")]
    Many(Box<VecDeque<Tick>>),
}

impl Default for Log {
    fn default() -> Self {
        Self::Few { len: 0, stamps: [Packed::default(); INLINE] }
    }
}

impl Log {
    pub fn len(&self) -> usize {
        match self {
            Self::Few { len, .. } => usize::from(*len),
            Self::Many(stamps) => stamps.len(),
        }
    }

    fn oldest(&self) -> Tick {
        match self {
            Self::Few { stamps, .. } => stamps[0].tick(),
            Self::Many(stamps) => stamps.front().copied().unwrap_or(0),
        }
    }

    /// The latest admission; 0 when there is none.
    pub fn newest(&self) -> Tick {
        match self {
            Self::Few { len: 0, .. } => 0,
            Self::Few { len, stamps } => stamps[usize::from(*len) - 1].tick(),
            Self::Many(stamps) => stamps.back().copied().unwrap_or(0),
        }
    }

    /// When the oldest admission leaves the window. The window is half-open: at that very tick it
    /// is no longer held.
    pub fn release(&self, limit: Limit) -> Tick {
        self.oldest().saturating_add(limit.window)
    }

    /// Whether no window that ends at `now` holds any admission.
    pub fn is_stale(&self, limit: Limit, now: Tick) -> bool {
        self.newest().saturating_add(limit.window) <= now
    }

    /// How long until one more fits; none when one fits now.
    pub fn wait(&self, limit: Limit, now: Tick) -> Option<Tick> {
        // The log is in order and never longer than the limit, so the window is full exactly when
        // the log is and its oldest stamp is still inside.
        if self.len() < limit.requests as usize {
            return None;
        }
        self.release(limit).checked_sub(now.max(self.newest())).filter(|&wait| wait > 0)
    }

    /// Records one more admission, or says how long until one fits.
    pub fn admit(&mut self, limit: Limit, now: Tick) -> Result<Charge, Tick> {
        if let Some(wait) = self.wait(limit, now) {
            return Err(wait);
        }
        // A caller whose reading of the clock was overtaken on the way to the lock is taken to
        // have come when the newest did: it is decided after it, and the log stays in order.
        let now = now.max(self.newest());
        self.forget_released(limit, now);
        self.push(now);
        let held = u32::try_from(self.len()).unwrap_or(u32::MAX);
        Ok(Charge {
            stamp: now,
            remaining: limit.requests.saturating_sub(held),
            reset: self.release(limit).saturating_sub(now),
        })
    }

    /// Takes one admission of that stamp away; stamps that are equal are interchangeable.
    pub fn remove(&mut self, stamp: Tick) -> bool {
        match self {
            Self::Few { len, stamps } => {
                let held = &mut stamps[..usize::from(*len)];
                let Some(at) = held.iter().rposition(|held| held.tick() == stamp) else {
                    return false;
                };
                held[at..].rotate_left(1);
                *len -= 1;
                true
            }
            Self::Many(stamps) => stamps.binary_search(&stamp).is_ok_and(|at| stamps.remove(at).is_some()),
        }
    }

    fn forget_released(&mut self, limit: Limit, now: Tick) {
        let released = |stamp: Tick| stamp.saturating_add(limit.window) <= now;
        match self {
            Self::Few { len, stamps } => {
                let held = &mut stamps[..usize::from(*len)];
                let gone = held.iter().take_while(|stamp| released(stamp.tick())).count();
                held.rotate_left(gone);
                *len -= u8::try_from(gone).unwrap_or(*len);
            }
            Self::Many(stamps) => {
                while stamps.pop_front_if(|stamp| released(*stamp)).is_some() {}
                // Back inside only when well below the brink, so that a key at it does not
                // allocate on every admission.
                if stamps.len() < INLINE / 2 {
                    *self = stamps.iter().fold(Self::default(), |mut few, &stamp| {
                        few.push(stamp);
                        few
                    });
                }
            }
        }
    }

    fn push(&mut self, stamp: Tick) {
        match self {
            Self::Few { len, stamps } if usize::from(*len) < INLINE => {
                stamps[usize::from(*len)] = Packed::new(stamp);
                *len += 1;
            }
            Self::Few { stamps, .. } => {
                let all = stamps.iter().map(|stamp| stamp.tick()).chain([stamp]);
                *self = Self::Many(Box::new(all.collect()));
            }
            Self::Many(stamps) => stamps.push_back(stamp),
        }
    }
}
