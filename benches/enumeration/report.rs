//! Prints how well response times distinguish known from unknown e-mail addresses.
//!
//! Also prints whether the results meet their thresholds.

use std::{cmp::Ordering, time::Duration};

use super::support::numbers::{milliseconds, quantile, verdict};

/// Permitted range of the probability that a response for a known e-mail address takes longer than a response for an
/// unknown e-mail address. The probability is 0.5 if the response times have the same distribution.
const AUC: std::ops::RangeInclusive<f64> = 0.45..=0.55;
/// Maximum difference of the medians: in milliseconds, and as a fraction of the median for unknown addresses. A flow
/// must meet only one of the two maximums.
const GAP: (f64, f64) = (1.0, 0.05);

/// Response times of known and unknown e-mail addresses.
#[derive(Default)]
pub struct Sample {
    known: Vec<Duration>,
    unknown: Vec<Duration>,
}

impl Sample {
    pub fn add(&mut self, is_known: bool, took: Duration) {
        if is_known { self.known.push(took) } else { self.unknown.push(took) }
    }

    /// Returns the probability that a response for a known e-mail address takes longer than one for an unknown address.
    ///
    /// The probability is the Mann-Whitney U divided by the number of pairs.
    fn auc(&self) -> f64 {
        let pairs = self.known.iter().flat_map(|known| self.unknown.iter().map(move |unknown| known.cmp(unknown)));
        let (longer, all) = pairs.fold((0.0, 0.0), |(longer, all), ordering| {
            let point = match ordering {
                Ordering::Greater => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Less => 0.0,
            };
            (longer + point, all + 1.0)
        });
        longer / all
    }
}

pub fn head() {
    println!("{:<10}{:>12}{:>12}{:>10}{:>8}", "flow", "known ms", "unknown ms", "gap ms", "AUC");
}

/// Prints the medians of a flow, the difference of the medians, the AUC, and whether the thresholds are met.
pub fn line(name: &str, sample: &Sample) {
    let median = |times: &[Duration]| milliseconds(quantile(&mut times.to_vec(), 500));
    let (known, unknown, auc) = (median(&sample.known), median(&sample.unknown), sample.auc());
    let gap = (known - unknown).abs();
    let met = AUC.contains(&auc) && (gap <= GAP.0 || gap <= GAP.1 * unknown);
    println!("{name:<10}{known:>12.3}{unknown:>12.3}{gap:>10.3}{auc:>8.3}   {}", verdict(met));
}

/// Prints the thresholds, and the standard error of the AUC (Mann-Whitney). The standard error is valid if both
/// distributions are equal.
pub fn thresholds(pairs: u64) {
    println!(
        "thresholds: AUC from {} to {} and a gap of at most {} ms or {} %",
        AUC.start(),
        AUC.end(),
        GAP.0,
        GAP.1 * 100.0
    );
    let pairs = f64::from(u32::try_from(pairs).unwrap_or(u32::MAX));
    let error = ((2.0 * pairs + 1.0) / (12.0 * pairs * pairs)).sqrt();
    println!("standard error of the AUC for equal distributions: {error:.3}");
}
