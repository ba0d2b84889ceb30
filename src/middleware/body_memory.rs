//! Memory for request bodies, all requests together: one budget, from which large bodies reserve.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::errors::{AppError, AppResult};

/// Bytes of a permit, and of a body that reserves nothing.
const UNIT: usize = 64 * 1024;

/// The memory that request bodies may take together.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Returns the reservation of one request, empty at first. It is held until the request has its response.
    #[must_use]
    pub fn reservation(&self) -> Arc<Reservation> {
        Arc::new(Reservation { memory: self.clone(), held: Mutex::default() })
    }
}

/// What one request has reserved.
#[derive(Debug)]
pub struct Reservation {
    memory: BodyMemory,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Reservation {
    /// Reserves memory for a body of so many bytes; a body of up to 64 KiB reserves none.
    ///
    /// # Errors
    /// `service_unavailable` if the bodies of other requests use up the memory.
    pub fn grow_to(&self, bytes: usize) -> AppResult<()> {
        let wanted = if bytes <= UNIT { 0 } else { bytes.div_ceil(UNIT) };
        let mut held = self.held.lock();
        let more = wanted.saturating_sub(held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(AppError::internal)?;
        let permit = Arc::clone(&self.memory.0).try_acquire_many_owned(more);
        let permit = permit.map_err(|_| AppError::unavailable("the memory for request bodies is used up"))?;
        match held.as_mut() {
            Some(held) => held.merge(permit),
            None => *held = Some(permit),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Code;

    #[test]
    fn bodies_reserve_no_more_than_the_budget_and_give_it_back() {
        let memory = BodyMemory::new(4 * UNIT);
        let (first, second) = (memory.reservation(), memory.reservation());
        first.grow_to(UNIT).unwrap();
        first.grow_to(UNIT + 1).unwrap();
        first.grow_to(3 * UNIT).unwrap();
        second.grow_to(UNIT).unwrap();
        assert_eq!(second.grow_to(2 * UNIT).unwrap_err().code, Code::ServiceUnavailable);
        drop(first);
        second.grow_to(4 * UNIT).unwrap();
    }
}
