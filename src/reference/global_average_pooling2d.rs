//! The mean of every channel over the whole picture.

/// `out[b, c] = (sum over pixels p of x[b, p, c]) / pixels`
///
/// `x` (batch, pixels, channels), where pixels is height * width; the result is (batch, channels).
pub fn forward(batch: usize, pixels: usize, channels: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; batch * channels];
    for b in 0..batch {
        for p in 0..pixels {
            for c in 0..channels {
                out[b * channels + c] += x[(b * pixels + p) * channels + c];
            }
        }
    }
    out.iter_mut().for_each(|out| *out /= pixels as f64);
    out
}

/// `dx[b, p, c] = dout[b, c] / pixels`
///
/// `dout` (batch, channels); the result is (batch, pixels, channels).
pub fn gradient(batch: usize, pixels: usize, channels: usize, dout: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; batch * pixels * channels];
    for b in 0..batch {
        for p in 0..pixels {
            for c in 0..channels {
                dx[(b * pixels + p) * channels + c] = dout[b * channels + c] / pixels as f64;
            }
        }
    }
    dx
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn channels_are_averaged_apart() {
        let x = [1.0, 10.0, 3.0, 30.0, 5.0, 50.0, 7.0, 70.0];
        assert_eq!(forward(2, 2, 2, &x), [2.0, 20.0, 6.0, 60.0]);
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for (batch, pixels, channels) in [(1, 1, 1), (1, 7, 3), (3, 5, 1), (2, 1, 3)] {
            let (x, dout) = (numbers(1, batch * pixels * channels), numbers(2, batch * channels));
            let dx = gradient(batch, pixels, channels, &dout);
            assert_gradient(|x| forward(batch, pixels, channels, x), &dout, &x, &dx);
        }
    }
}
