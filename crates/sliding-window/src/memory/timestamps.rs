//! Timestamps: the admission times of one key that the window may still contain, oldest first.

use std::collections::VecDeque;

use super::limit::{Charge, Limit, Micros};

/// Maximum number of timestamps that are stored inline. A key with at most five admissions needs no heap allocation.
const INLINE: usize = 5;

/// Time in six bytes instead of eight, which saves 10 MB per million keys with five admissions each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Micros48([u8; 6]);

impl Micros48 {
    fn new(micros: Micros) -> Self {
        let mut packed = Self::default();
        packed.0.copy_from_slice(&micros.to_le_bytes()[..6]);
        packed
    }

    fn get(self) -> Micros {
        let mut bytes = [0; 8];
        bytes[..6].copy_from_slice(&self.0);
        Micros::from_le_bytes(bytes)
    }
}

/// Admission times in ascending order. The number of admission times never exceeds the limit of the policy.
#[derive(Debug)]
pub enum Timestamps {
    Inline {
        len: u8,
        times: [Micros48; INLINE],
    },
    // Boxed, because an unboxed list would enlarge every value, and few keys have a list.
    #[expect(clippy::box_collection, reason = "keeps the enum at 32 bytes")]
    Heap(Box<VecDeque<Micros>>),
}

impl Default for Timestamps {
    fn default() -> Self {
        Self::Inline { len: 0, times: [Micros48::default(); INLINE] }
    }
}

impl Timestamps {
    pub fn len(&self) -> usize {
        match self {
            Self::Inline { len, .. } => usize::from(*len),
            Self::Heap(times) => times.len(),
        }
    }

    fn oldest(&self) -> Micros {
        match self {
            Self::Inline { times, .. } => times[0].get(),
            Self::Heap(times) => times.front().copied().unwrap_or(0),
        }
    }

    /// Returns the time of the newest admission, or 0 if there is none.
    pub fn newest(&self) -> Micros {
        match self {
            Self::Inline { len: 0, .. } => 0,
            Self::Inline { len, times } => times[usize::from(*len) - 1].get(),
            Self::Heap(times) => times.back().copied().unwrap_or(0),
        }
    }

    /// Returns the time at which the oldest admission leaves the window.
    ///
    /// The window is half-open: at exactly this time, the admission no longer counts.
    fn oldest_expiry(&self, limit: Limit) -> Micros {
        self.oldest().saturating_add(limit.window)
    }

    /// Returns whether all admissions have left the window that ends at `now`.
    pub fn is_expired(&self, limit: Limit, now: Micros) -> bool {
        self.newest().saturating_add(limit.window) <= now
    }

    /// Returns the time until one more admission is free, or `None` if an admission is free now.
    pub fn wait(&self, limit: Limit, now: Micros) -> Option<Micros> {
        // The list is sorted and never longer than the limit. The window is therefore full if and only if the
        // list is full and the oldest time is inside the window.
        if self.len() < limit.requests as usize {
            return None;
        }
        self.oldest_expiry(limit).checked_sub(now.max(self.newest())).filter(|&wait| wait > 0)
    }

    /// Records one more admission, or returns the time until an admission is free.
    pub fn admit(&mut self, limit: Limit, now: Micros) -> Result<Charge, Micros> {
        if let Some(wait) = self.wait(limit, now) {
            return Err(wait);
        }
        // Replaces a time before the newest admission by the time of this admission, so that the list stays sorted.
        // Another request may have read the clock later than this request, but locked the shard earlier.
        let now = now.max(self.newest());
        self.remove_expired(limit, now);
        self.push(now);
        let held = u32::try_from(self.len()).unwrap_or(u32::MAX);
        Ok(Charge {
            admitted_at: now,
            remaining: limit.requests.saturating_sub(held),
            reset: self.oldest_expiry(limit).saturating_sub(now),
        })
    }

    /// Removes one admission with this time. Admissions with equal times are interchangeable.
    pub fn remove(&mut self, time: Micros) -> bool {
        match self {
            Self::Inline { len, times } => {
                let held = &mut times[..usize::from(*len)];
                let Some(at) = held.iter().rposition(|held| held.get() == time) else {
                    return false;
                };
                held[at..].rotate_left(1);
                *len -= 1;
                true
            }
            Self::Heap(times) => times.binary_search(&time).is_ok_and(|at| times.remove(at).is_some()),
        }
    }

    fn remove_expired(&mut self, limit: Limit, now: Micros) {
        let expired = |time: Micros| time.saturating_add(limit.window) <= now;
        match self {
            Self::Inline { len, times } => {
                let held = &mut times[..usize::from(*len)];
                let count = held.iter().take_while(|time| expired(time.get())).count();
                held.rotate_left(count);
                *len -= u8::try_from(count).unwrap_or(*len);
            }
            Self::Heap(times) => {
                while times.pop_front_if(|time| expired(*time)).is_some() {}
                // Moves the times back inline only far below `INLINE` times. A key with about `INLINE` times would
                // otherwise change between both forms and allocate again and again.
                if times.len() < INLINE / 2 {
                    *self = times.iter().fold(Self::default(), |mut inline, &time| {
                        inline.push(time);
                        inline
                    });
                }
            }
        }
    }

    fn push(&mut self, time: Micros) {
        match self {
            Self::Inline { len, times } if usize::from(*len) < INLINE => {
                times[usize::from(*len)] = Micros48::new(time);
                *len += 1;
            }
            Self::Inline { times, .. } => {
                let all = times.iter().map(|time| time.get()).chain([time]);
                *self = Self::Heap(Box::new(all.collect()));
            }
            Self::Heap(times) => times.push_back(time),
        }
    }
}
