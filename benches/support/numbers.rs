//! Calculates quantiles and medians, formats results, and reads arguments of the command line.

use std::time::Duration;

/// Returns the quantile `of_thousand` / 1000 (990 is the 99th percentile), or zero if there are no values.
pub fn quantile(values: &mut [Duration], of_thousand: usize) -> Duration {
    values.sort_unstable();
    let rank = (values.len() * of_thousand).div_ceil(1000).saturating_sub(1);
    values.get(rank).copied().unwrap_or_default()
}

/// Returns the median, or zero if there are no values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Returns a duration in milliseconds, including the fraction.
pub fn milliseconds(value: Duration) -> f64 {
    value.as_secs_f64() * 1000.0
}

/// Returns `PASS` if the threshold is met, otherwise `FAIL`.
pub const fn verdict(met: bool) -> &'static str {
    if met { "PASS" } else { "FAIL" }
}

/// Returns the number after the command-line argument `name`, or `default` if the argument is missing.
pub fn argument(name: &str, default: u64) -> u64 {
    text_argument(name).and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Returns the text after the command-line argument `name`.
pub fn text_argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
