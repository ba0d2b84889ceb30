//! Journal of the admissions that the memory store has granted and that the shared store does not count yet.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use parking_lot::Mutex;

use super::super::{ChargeReceipt, Grant, LimitRequest, PastAdmission};

/// Maximum number of entries, about 8 MB. If the journal is full, the oldest entry is removed.
const MAX_ENTRIES: usize = 50_000;
/// Maximum number of admissions in one call of [`Store::restore`](super::super::Store::restore).
pub const BATCH: usize = 500;

/// Journal: admissions sorted by ID.
pub struct Journal {
    entries: Mutex<VecDeque<Entry>>,
    /// Next admission ID. The first ID is random, so that several processes use different IDs.
    next_id: AtomicU64,
}

struct Entry {
    admission: PastAdmission,
    /// `key_hash` and `admission` of the charge receipt.
    charged: (Option<u128>, u64),
}

impl Default for Journal {
    fn default() -> Self {
        // Uses the lower quarter of the range for the first ID, so that the counter never exceeds the range of `i64`.
        Self { entries: Mutex::default(), next_id: AtomicU64::new(rand::random::<u64>() >> 2) }
    }
}

impl Journal {
    /// Adds one admission per request.
    pub fn record(&self, requests: &[LimitRequest<'_>], grants: &[Grant], now: Instant) {
        let mut entries = self.entries.lock();
        for (request, grant) in requests.iter().zip(grants) {
            if entries.len() >= MAX_ENTRIES {
                entries.pop_front();
            }
            let id = self.next_id.fetch_add(1, Relaxed);
            let admission =
                PastAdmission { policy: *request.policy, key: request.key.to_owned(), id, admitted_at: now };
            entries.push_back(Entry { admission, charged: charged(&grant.receipt) });
        }
    }

    /// Removes the admission of a charge receipt, because the admission is refunded.
    pub fn remove(&self, receipt: &ChargeReceipt) {
        let mut entries = self.entries.lock();
        // Searches from the newest entry, because most refunds follow soon after the admission.
        let is_refunded =
            |entry: &Entry| entry.charged == charged(receipt) && entry.admission.policy.name() == receipt.policy.name();
        if let Some(index) = entries.iter().rposition(is_refunded) {
            entries.remove(index);
        }
    }

    /// Removes all admissions of one key.
    pub fn clear(&self, request: &LimitRequest<'_>) {
        let is_cleared =
            |admission: &PastAdmission| admission.key == request.key && admission.policy == *request.policy;
        self.entries.lock().retain(|entry| !is_cleared(&entry.admission));
    }

    /// Removes all admissions that have left their window. Returns the oldest remaining admissions, at most [`BATCH`],
    /// or `None` if the journal is then empty.
    pub fn batch(&self, now: Instant) -> Option<Vec<PastAdmission>> {
        let mut entries = self.entries.lock();
        entries.retain(|Entry { admission, .. }| {
            now.saturating_duration_since(admission.admitted_at) < admission.policy.window()
        });
        let batch: Vec<_> = entries.iter().take(BATCH).map(|entry| entry.admission.clone()).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Removes the admissions of a batch.
    pub fn remove_batch(&self, batch: &[PastAdmission]) {
        let last = batch.iter().map(|admission| admission.id).max().unwrap_or(0);
        let mut entries = self.entries.lock();
        while entries.front().is_some_and(|entry| entry.admission.id <= last) {
            entries.pop_front();
        }
    }
}

const fn charged(receipt: &ChargeReceipt) -> (Option<u128>, u64) {
    (receipt.key_hash, receipt.admission)
}
