//! Policy: a name, the maximum number of admissions, and the window in which admissions are counted.

use std::{fmt, num::NonZeroU32, time::Duration};

/// Maximum number of admissions per window that a policy may permit.
pub const MAX_REQUESTS: u32 = 100_000;
/// Minimum window: 1 second.
pub const MIN_WINDOW: Duration = Duration::from_secs(1);
/// Maximum window: 1 day.
pub const MAX_WINDOW: Duration = Duration::from_hours(24);

/// Policy: permits at most `requests` admissions in any time interval of the length `window`.
///
/// Response headers contain the name of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
    hash: u64,
}

impl Policy {
    /// Creates a policy with 1 to 100,000 requests per window. The length of the window is 1 second to 1 day.
    ///
    /// # Errors
    /// Returns an error if `requests` or `window` is out of range, or if the name is invalid. A name has 1 to 64
    /// characters of `a-z`, `0-9`, `_` and `-`, so that the name needs no escaping in response headers.
    pub fn new(name: &'static str, requests: NonZeroU32, window: Duration) -> Result<Self, PolicyError> {
        if !is_valid_name(name) {
            return Err(PolicyError::Name);
        }
        if requests.get() > MAX_REQUESTS {
            return Err(PolicyError::Requests);
        }
        if !(MIN_WINDOW..=MAX_WINDOW).contains(&window) {
            return Err(PolicyError::Window);
        }
        Ok(Self { name, requests, window, hash: policy_hash(name, requests, window) })
    }

    /// Returns the name of the policy in response headers and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the maximum number of admissions per window.
    #[must_use]
    pub const fn requests(&self) -> NonZeroU32 {
        self.requests
    }

    #[must_use]
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Returns the policy of one process, if `processes` processes divide the number of requests among themselves.
    /// Rounds the number up, so that each process admits at least one request.
    pub(super) fn divided(&self, processes: NonZeroU32) -> Self {
        let requests = self.requests.div_ceil(processes);
        Self { requests, hash: policy_hash(self.name, requests, self.window), ..*self }
    }

    /// Returns the hash of the name, the number of requests and the window. Stores include this hash in the hash of
    /// each key, so that an equal key under another policy has a separate count.
    pub(super) const fn policy_hash(&self) -> u64 {
        self.hash
    }
}

/// Hashes the name, the number of requests and the window. A policy stores its hash, because every decision
/// needs the hash.
///
/// The hash has no secret key, because policies come from the program and its configuration, never from a client.
fn policy_hash(name: &str, requests: NonZeroU32, window: Duration) -> u64 {
    let numbers = [u64::from(requests.get()), window.as_secs(), window.subsec_nanos().into()];
    let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
    // Uses FNV-1a with 64 bits, because a collision among a few policies is very unlikely.
    name.bytes()
        .chain(numbers)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn is_valid_name(name: &str) -> bool {
    let valid = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(valid)
}

/// Reason why a policy is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyError {
    /// The name is empty or too long, or contains a character that is not permitted.
    Name,
    /// The number of requests exceeds [`MAX_REQUESTS`].
    Requests,
    /// The window is outside [`MIN_WINDOW`] to [`MAX_WINDOW`].
    Window,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the policy name must be 1 to 64 characters of a-z, 0-9, _ and -",
            Self::Requests => "the policy must allow 1 to 100,000 requests",
            Self::Window => "the policy window must be 1 second to 1 day",
        })
    }
}

impl std::error::Error for PolicyError {}
