//! Numbers to feed an op, and how large a part of them cancels.

use crate::random::{self, Stream};

/// `count` numbers uniform in [-1, 1), the same for the same `seed`.
pub fn numbers(seed: u32, count: usize) -> Vec<f32> {
    (0..count).map(|i| random::uniform(seed, Stream::InitialWeights, 0, i as u32) * 2.0 - 1.0).collect()
}

/// The same numbers as the reference takes them.
pub fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| x.into()).collect()
}

/// The numbers as the device should hold them where nothing is rounded.
pub fn narrow(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}

/// The terms for [`compare`](crate::check::compare) where `terms` summands as large as `largest` cancel, so that the
/// result is small and its error is not: the bound becomes `1e-5 * sqrt(terms) * largest`.
pub fn cancelling(terms: usize, largest: f64, expected: &[f64]) -> usize {
    let result = expected.iter().fold(0.0_f64, |result, e| result.max(e.abs()));
    // What cancels to exactly 0 must do so on the device too.
    if result == 0.0 { 1 } else { (terms as f64 * (largest / result).powi(2).max(1.0)).ceil() as usize }
}

/// The largest magnitude.
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}
