//! Gradients by trying: slow, but they know no formula that could be wrong.

/// `gradient[i] = (f(at + step e_i) - f(at - step e_i)) / (2 step)`: central differences.
///
/// `at` has any length, and the result has the same. The error falls with the square of `step` until rounding takes
/// over; 1e-5 suits values around 1.
pub fn gradient(mut f: impl FnMut(&[f64]) -> f64, at: &[f64], step: f64) -> Vec<f64> {
    let mut moved = at.to_vec();
    (0..at.len())
        .map(|i| {
            moved[i] = at[i] + step;
            let above = f(&moved);
            moved[i] = at[i] - step;
            let below = f(&moved);
            moved[i] = at[i];
            (above - below) / (2.0 * step)
        })
        .collect()
}

/// How far `gradient` is at most from the gradient of `sum(forward(x) * dout)` at `at`, taken relatively where that is
/// larger than 1. Infinite where the lengths do not fit or a number is none.
pub fn deviation(forward: impl Fn(&[f64]) -> Vec<f64>, dout: &[f64], at: &[f64], gradient: &[f64]) -> f64 {
    if forward(at).len() != dout.len() || at.len() != gradient.len() {
        return f64::INFINITY;
    }
    let loss = |x: &[f64]| forward(x).iter().zip(dout).map(|(y, d)| y * d).sum();
    let tried = self::gradient(loss, at, 1e-5);
    let of = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1.0);
    let worst = |worst: f64, one: f64| if one.is_nan() { f64::INFINITY } else { worst.max(one) };
    gradient.iter().zip(&tried).map(of).fold(0.0, worst)
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_close;
    use super::*;

    #[test]
    fn a_polynomial_has_its_known_gradient() {
        let f = |x: &[f64]| x[0] * x[0] * x[1] + 3.0 * x[2];
        assert_close(&gradient(f, &[2.0, -1.0, 5.0], 1e-5), &[-4.0, 4.0, 3.0], 1e-9);
    }

    #[test]
    fn a_function_of_nothing_has_an_empty_gradient() {
        assert!(gradient(|_| 1.0, &[], 1e-5).is_empty());
    }
}
