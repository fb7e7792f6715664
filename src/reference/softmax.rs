//! Rows of logits to rows of probabilities.

/// `out[r, c] = exp(x[r, c]) / (sum over k of exp(x[r, k]))`
///
/// `x` (rows, classes), and the result has the same shape.
pub fn forward(classes: usize, x: &[f64]) -> Vec<f64> {
    x.chunks_exact(classes).flat_map(|row| log_softmax(row).into_iter().map(f64::exp)).collect()
}

/// `dx[r, c] = y[r, c] * (dout[r, c] - sum over k of dout[r, k] * y[r, k])`
///
/// `y`, what [`forward`] returned, and `dout` (rows, classes); the result has the same shape.
pub fn gradient(classes: usize, y: &[f64], dout: &[f64]) -> Vec<f64> {
    let mut dx = Vec::with_capacity(y.len());
    for (y, dout) in y.chunks_exact(classes).zip(dout.chunks_exact(classes)) {
        let mean: f64 = y.iter().zip(dout).map(|(y, dout)| y * dout).sum();
        dx.extend(y.iter().zip(dout).map(|(y, dout)| y * (dout - mean)));
    }
    dx
}

/// `x[c] - log(sum over k of exp(x[k]))` of one row.
pub(super) fn log_softmax(row: &[f64]) -> Vec<f64> {
    // The largest is taken off first, so that no exp overflows.
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = row.iter().map(|x| (x - largest).exp()).sum();
    row.iter().map(|x| x - largest - sum.ln()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, assert_gradient, numbers};
    use super::*;

    #[test]
    fn odds_are_the_differences_of_logits() {
        let x = [0.0, 3f64.ln(), 5.0, 5.0];
        assert_close(&forward(2, &x), &[0.25, 0.75, 0.5, 0.5], 1e-15);
    }

    #[test]
    fn large_logits_do_not_overflow() {
        assert_close(&forward(3, &[1e4, -1e4, 1e4]), &[0.5, 0.0, 0.5], 1e-15);
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for (rows, classes) in [(1, 1), (1, 7), (5, 1), (3, 10)] {
            let x: Vec<f64> = numbers(1, rows * classes).iter().map(|x| 5.0 * x).collect();
            let dout = numbers(2, rows * classes);
            let dx = gradient(classes, &forward(classes, &x), &dout);
            assert_gradient(|x| forward(classes, x), &dout, &x, &dx);
        }
    }
}
