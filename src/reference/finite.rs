//! Whether numbers are finite.

/// Whether none of `x` is infinite or NaN.
pub fn all_finite(x: &[f64]) -> bool {
    x.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinities_and_nan_are_not_finite() {
        assert!(all_finite(&[]) && all_finite(&[0.0, -1e300, f64::MIN_POSITIVE]));
        for trouble in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!all_finite(&[1.0, trouble, 2.0]));
        }
    }
}
