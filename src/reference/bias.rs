//! One number per channel, added to every row.

/// `out[r, :] = x[r, :] + bias`
///
/// `x` (rows, channels), where a row is whatever stands before the last axis, such as a pixel; `bias` (channels); the
/// result has the shape of `x`.
pub fn forward(channels: usize, x: &[f64], bias: &[f64]) -> Vec<f64> {
    x.chunks_exact(channels).flat_map(|row| row.iter().zip(bias).map(|(x, bias)| x + bias)).collect()
}

/// `dbias = sum over rows r of dout[r, :]`
///
/// `dout` (rows, channels); the result is (channels).
pub fn gradient(channels: usize, dout: &[f64]) -> Vec<f64> {
    let mut dbias = vec![0.0; channels];
    for row in dout.chunks_exact(channels) {
        for (dbias, dout) in dbias.iter_mut().zip(row) {
            *dbias += dout;
        }
    }
    dbias
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn every_row_gets_the_same_bias() {
        assert_eq!(forward(2, &[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0]), [11.0, 22.0, 13.0, 24.0]);
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for (rows, channels) in [(1, 1), (1, 3), (7, 1), (5, 3)] {
            let (x, bias) = (numbers(1, rows * channels), numbers(2, channels));
            let dout = numbers(3, rows * channels);
            assert_gradient(|bias| forward(channels, &x, bias), &dout, &bias, &gradient(channels, &dout));
        }
    }
}
