//! Dropout: in training some elements become 0 and the others grow, so that the expected value stays.

use crate::random::{Stream, uniform};

/// `mask[i] = 1 / (1 - rate)` where `uniform(seed, dropout, step, i) >= rate`, 0 elsewhere
///
/// `seed` is the layer's own; the result is (elements). Elements are counted in 32 bits. The comparison is one of f32
/// numbers, the same on the GPU, so that the same elements are kept.
pub fn mask(seed: u32, step: u32, rate: f32, elements: usize) -> Vec<f64> {
    let kept = 1.0 / (1.0 - f64::from(rate));
    let keeps = |i: usize| uniform(seed, Stream::Dropout, step, i as u32) >= rate;
    (0..elements).map(|i| if keeps(i) { kept } else { 0.0 }).collect()
}

/// `out[i] = x[i] * mask[i]`
///
/// `mask` and `x` have the same shape, and the result has it too.
pub fn forward(mask: &[f64], x: &[f64]) -> Vec<f64> {
    mask.iter().zip(x).map(|(mask, x)| mask * x).collect()
}

/// `dx[i] = dout[i] * mask[i]`
///
/// `mask` and `dout` have the same shape, and the result has it too.
pub fn gradient(mask: &[f64], dout: &[f64]) -> Vec<f64> {
    mask.iter().zip(dout).map(|(mask, dout)| mask * dout).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn the_share_of_dropped_elements_is_the_rate_and_the_mean_stays() {
        for rate in [0.1, 0.25, 0.5, 0.9] {
            let mask = mask(5, 3, rate, 100_000);
            let dropped = mask.iter().filter(|m| **m == 0.0).count() as f64 / mask.len() as f64;
            assert!((dropped - f64::from(rate)).abs() < 0.005, "{dropped} of {rate}");
            let mean = mask.iter().sum::<f64>() / mask.len() as f64;
            assert!((mean - 1.0).abs() < 0.05, "mean {mean} at {rate}");
        }
    }

    #[test]
    fn the_rates_at_the_ends_keep_all_and_nothing() {
        assert_eq!(mask(1, 1, 0.0, 3), [1.0; 3]);
        assert_eq!(mask(1, 1, 1.0, 3), [0.0; 3]);
    }

    #[test]
    fn kept_elements_are_scaled() {
        assert_eq!(forward(&[2.0, 0.0], &[3.0, 5.0]), [6.0, 0.0]);
        assert!(mask(1, 1, 0.75, 50).contains(&4.0));
    }

    #[test]
    fn an_element_is_kept_or_not_whatever_the_number_of_elements() {
        assert_eq!(mask(9, 2, 0.5, 100)[..40], mask(9, 2, 0.5, 40));
        assert_ne!(mask(9, 2, 0.5, 40), mask(9, 3, 0.5, 40));
        assert_ne!(mask(9, 2, 0.5, 40), mask(8, 2, 0.5, 40));
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        let (mask, x, dout) = (mask(4, 1, 0.5, 37), numbers(1, 37), numbers(2, 37));
        assert_gradient(|x| forward(&mask, x), &dout, &x, &gradient(&mask, &dout));
    }
}
