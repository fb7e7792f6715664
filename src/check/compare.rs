//! How close is close enough.

/// The worst difference of a comparison that held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The largest |actual - expected|.
    pub worst: f64,
    /// What it may be: `1e-5 * sqrt(terms) * max |expected|`.
    pub bound: f64,
}

impl Agreement {
    /// The worst difference as a share of what it may be, from 0 to 1.
    pub fn share(self) -> f64 {
        if self.worst == 0.0 { 0.0 } else { self.worst / self.bound }
    }
}

/// A comparison that did not hold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// The numbers of elements differ.
    #[error("{actual} elements where {expected} were expected")]
    Length {
        /// How many there are.
        actual: usize,
        /// How many there should be.
        expected: usize,
    },
    /// An element is not a number, or infinite on one side only.
    #[error("element {index} is {actual} where {expected} was expected")]
    NotFinite {
        /// Which element.
        index: usize,
        /// What the device computed.
        actual: f64,
        /// What the reference says.
        expected: f64,
    },
    /// An element that is not rounded has other bits.
    #[error("element {index} is {actual:#x} where {expected:#x} was expected")]
    Bits {
        /// Which element.
        index: usize,
        /// What the device computed.
        actual: u32,
        /// What the reference says.
        expected: u32,
    },
    /// An element is further off than its summands' rounding explains.
    #[error("element {index} is {actual} where {expected} was expected: off by {difference:e}, allowed is {bound:e}")]
    TooFar {
        /// Which element.
        index: usize,
        /// What the device computed.
        actual: f64,
        /// What the reference says.
        expected: f64,
        /// Their difference.
        difference: f64,
        /// The largest difference allowed.
        bound: f64,
    },
}

/// Holds `|actual - expected| <= 1e-5 * sqrt(terms) * max |expected|` for sums of `terms` summands; NaN fails, and so
/// does an infinity on one side only.
pub fn compare(actual: &[f32], expected: &[f64], terms: usize) -> Result<Agreement, Disagreement> {
    if actual.len() != expected.len() {
        return Err(Disagreement::Length { actual: actual.len(), expected: expected.len() });
    }
    let largest = expected.iter().filter(|e| e.is_finite()).fold(0.0_f64, |largest, e| largest.max(e.abs()));
    let bound = 1e-5 * (terms.max(1) as f64).sqrt() * largest;
    let mut worst = 0.0_f64;
    for (index, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
        let actual = f64::from(actual);
        if actual == expected {
            continue;
        }
        if !actual.is_finite() || !expected.is_finite() {
            return Err(Disagreement::NotFinite { index, actual, expected });
        }
        let difference = (actual - expected).abs();
        if difference > bound {
            return Err(Disagreement::TooFar { index, actual, expected, difference, bound });
        }
        worst = worst.max(difference);
    }
    Ok(Agreement { worst, bound })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_agree_and_the_worst_difference_is_reported() {
        let agreement = compare(&[1.0, 2.0], &[1.0, 2.000_01], 4).unwrap();
        assert!((agreement.worst - 1e-5).abs() < 1e-12);
    }

    #[test]
    fn a_difference_beyond_the_bound_fails() {
        assert!(matches!(compare(&[1.0, 2.0], &[1.0, 2.1], 1), Err(Disagreement::TooFar { index: 1, .. })));
    }

    #[test]
    fn nan_and_one_sided_infinity_fail() {
        assert!(matches!(compare(&[f32::NAN], &[0.0], 1), Err(Disagreement::NotFinite { .. })));
        assert!(matches!(compare(&[f32::INFINITY], &[1.0], 1), Err(Disagreement::NotFinite { .. })));
        assert!(matches!(compare(&[1.0], &[f64::NAN], 1), Err(Disagreement::NotFinite { .. })));
        assert!(compare(&[f32::INFINITY], &[f64::INFINITY], 1).is_ok());
    }

    #[test]
    fn all_zeros_must_be_all_zeros() {
        assert!(compare(&[0.0], &[0.0], 9).is_ok());
        assert!(compare(&[1e-30], &[0.0], 9).is_err());
    }
}
