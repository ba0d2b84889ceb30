//! Memory budgets: one for all request bodies, and one for all response bodies. A body above 64 KiB reserves memory
//! from the budget.

use std::sync::Arc;

use axum::{
    body::{Bytes, HttpBody, to_bytes},
    response::Response,
};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::errors::{AppError, AppResult};

/// Number of bytes for each permit of the semaphore. A body of up to this size reserves no memory.
const UNIT: usize = 64 * 1024;

/// Memory budget of all request bodies.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    /// Creates a budget of this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Returns an empty reservation for one request. The memory is released when the last clone of the `Arc` is
    /// dropped.
    #[must_use]
    pub fn reservation(&self) -> Arc<Reservation> {
        Arc::new(Reservation { memory: self.clone(), held: Mutex::default() })
    }
}

/// Memory budget of all responses that are completely in memory. Responses need a budget for two reasons. A stored text
/// can be six times as large in JSON, because JSON escapes a control character with six bytes (`\u0001`). The response
/// to a slow client stays in memory for a long time.
#[derive(Debug, Clone)]
pub struct ResponseMemory {
    memory: BodyMemory,
    bytes: usize,
}

impl ResponseMemory {
    /// Creates a budget of this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { memory: BodyMemory::new(bytes), bytes }
    }

    /// Reserves memory for a response above 64 KiB until the last byte has been sent. Streamed responses reserve no
    /// memory. Static files reserve no memory, because all requests share the memory of a static file.
    ///
    /// `written` is the memory reservation of a write request. A response that is at most 64 KiB larger than this
    /// reservation uses this reservation instead of a new reservation. Such a response usually repeats the stored data,
    /// and must not fail after the data was stored.
    ///
    /// # Errors
    /// `service_unavailable` if other responses use up the memory budget.
    pub async fn hold(&self, response: Response, written: Option<Arc<Reservation>>) -> AppResult<Response> {
        let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
        if size.is_none_or(|size| size <= UNIT) {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.map_err(AppError::internal)?;
        if !bytes.is_unique() {
            return Ok(Response::from_parts(head, bytes.into()));
        }
        let reservation = match written.filter(|written| bytes.len() <= written.bytes() + UNIT) {
            Some(written) => written,
            None => self.reserve(bytes.len())?,
        };
        let bytes = Bytes::from_owner(Held { bytes, _reservation: reservation });
        Ok(Response::from_parts(head, bytes.into()))
    }

    /// Reserves memory for a response. A response that is larger than the whole budget reserves the whole budget.
    fn reserve(&self, bytes: usize) -> AppResult<Arc<Reservation>> {
        let reservation = self.memory.reservation();
        reservation.grow_to(bytes.min(self.bytes))?;
        Ok(reservation)
    }
}

/// Body of a response with its memory reservation. The server drops both after the bytes are sent.
struct Held {
    bytes: Bytes,
    _reservation: Arc<Reservation>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reserved memory of one request.
#[derive(Debug)]
pub struct Reservation {
    memory: BodyMemory,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Reservation {
    /// Returns the size of the reservation, in bytes.
    fn bytes(&self) -> usize {
        self.held.lock().as_ref().map_or(0, OwnedSemaphorePermit::num_permits) * UNIT
    }

    /// Increases the reservation to the size of a body. A body of up to 64 KiB reserves no memory.
    ///
    /// # Errors
    /// `service_unavailable` if the bodies of other requests use up the memory budget.
    pub fn grow_to(&self, bytes: usize) -> AppResult<()> {
        let wanted = if bytes <= UNIT { 0 } else { bytes.div_ceil(UNIT) };
        let mut held = self.held.lock();
        let more = wanted.saturating_sub(held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(AppError::internal)?;
        let permit = Arc::clone(&self.memory.0).try_acquire_many_owned(more);
        let permit = permit.map_err(|_| AppError::unavailable("the memory for bodies is used up"))?;
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
    fn bodies_reserve_at_most_the_budget_and_release_it() {
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

    fn response(bytes: impl Into<Bytes>) -> Response {
        Response::new(bytes.into().into())
    }

    #[tokio::test]
    async fn responses_hold_their_memory_until_their_last_byte_is_sent() {
        let memory = ResponseMemory::new(4 * UNIT);
        let first = memory.hold(response(vec![0; 3 * UNIT]), None).await.unwrap();
        let mut unsent = to_bytes(first.into_body(), usize::MAX).await.unwrap();
        let rejected = memory.hold(response(vec![0; 2 * UNIT]), None).await.unwrap_err();
        assert_eq!(rejected.code, Code::ServiceUnavailable);
        memory.hold(response(vec![0; UNIT]), None).await.unwrap();
        let shared = Bytes::from(vec![0; 2 * UNIT]);
        memory.hold(response(shared.clone()), None).await.unwrap();
        drop(shared);
        let written = BodyMemory::new(2 * UNIT).reservation();
        written.grow_to(2 * UNIT).unwrap();
        let repeated = memory.hold(response(vec![0; 3 * UNIT]), Some(Arc::clone(&written))).await;
        repeated.expect("the response repeats a stored write");
        let larger = memory.hold(response(vec![0; 3 * UNIT + 1]), Some(written)).await;
        assert!(larger.is_err(), "the response is larger than its request");
        drop(unsent.split_to(3 * UNIT - 1));
        assert!(memory.hold(response(vec![0; 2 * UNIT]), None).await.is_err(), "one byte is not sent");
        drop(unsent);
        memory.hold(response(vec![0; 9 * UNIT]), None).await.expect("a larger response reserves the whole budget");
    }
}
