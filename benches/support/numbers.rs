//! Order statistics, and how they are printed.

use std::time::Duration;

/// The value below which so many of a thousand lie; of none, zero.
pub fn quantile(values: &mut [Duration], of_thousand: usize) -> Duration {
    values.sort_unstable();
    let rank = (values.len() * of_thousand).div_ceil(1000).saturating_sub(1);
    values.get(rank).copied().unwrap_or_default()
}

/// The middle value; of none, zero.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Milliseconds with a fraction.
pub fn milliseconds(value: Duration) -> f64 {
    value.as_secs_f64() * 1000.0
}

/// The word for a bar.
pub const fn verdict(met: bool) -> &'static str {
    if met { "PASS" } else { "FAIL" }
}

/// The number that follows a name among the arguments, or the default.
pub fn argument(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}
