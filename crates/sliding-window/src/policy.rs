//! A policy: its name, how many admissions it allows, and the window they are counted in.

use std::{fmt, num::NonZeroU32, time::Duration};

/// The most admissions one window may allow.
pub const MOST_REQUESTS: u32 = 100_000;
/// The shortest window.
pub const SHORTEST_WINDOW: Duration = Duration::from_secs(1);
/// The longest window: one day.
pub const LONGEST_WINDOW: Duration = Duration::from_hours(24);

/// At most `requests` admissions in any window of the given length, under a name that clients see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
    mark: u64,
}

impl Policy {
    /// A policy of 1 to 100,000 requests in 1 second to 1 day.
    ///
    /// # Errors
    /// When a number is outside these limits, or the name is not 1 to 64 of `a-z`, `0-9`, `_`, `-`:
    /// the name stands between quotes in a header, so nothing that needs escaping may get there.
    pub fn new(name: &'static str, requests: NonZeroU32, window: Duration) -> Result<Self, PolicyError> {
        if !is_plain(name) {
            return Err(PolicyError::Name);
        }
        if requests.get() > MOST_REQUESTS {
            return Err(PolicyError::Requests);
        }
        if !(SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&window) {
            return Err(PolicyError::Window);
        }
        Ok(Self { name, requests, window, mark: mark(name, requests, window) })
    }

    /// The name in headers and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How many admissions one window allows.
    #[must_use]
    pub const fn requests(&self) -> NonZeroU32 {
        self.requests
    }

    /// The window's length.
    #[must_use]
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Stands for the name and both numbers wherever keys are told apart by policy.
    pub(super) const fn mark(&self) -> u64 {
        self.mark
    }
}

/// Made once, since every decision needs it. Not keyed: policies come from the program and its
/// configuration, never from a client.
fn mark(name: &str, requests: NonZeroU32, window: Duration) -> u64 {
    let numbers = [u64::from(requests.get()), window.as_secs(), window.subsec_nanos().into()];
    let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
    // FNV-1a: a few policies never meet in 64 bits.
    name.bytes()
        .chain(numbers)
        .fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// Why a policy cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyError {
    /// The name is empty, too long or holds another character.
    Name,
    /// More than [`MOST_REQUESTS`].
    Requests,
    /// Outside [`SHORTEST_WINDOW`] to [`LONGEST_WINDOW`].
    Window,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "a policy's name is 1 to 64 of a-z, 0-9, _ and -",
            Self::Requests => "a policy allows 1 to 100,000 requests",
            Self::Window => "a policy's window is 1 second to 1 day",
        })
    }
}

impl std::error::Error for PolicyError {}
