//! The mean of every window.

use super::taps::{Tap, for_each_tap, input_pixels, output_pixels};
use crate::shape::Window;

/// `out[o, c] = (sum over taps t of x[input(o, t), c]) / (number of taps that look at a real input)`
///
/// `x` (batch, height, width, channels); the result is (batch, output height, output width, channels). Padding is not
/// counted. The window is not dilated (Keras' never is), so that every window holds a real input.
pub fn forward(batch: usize, window: &Window, channels: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; output_pixels(batch, window) * channels];
    for_each_tap(batch, window, |Tap { output, input, .. }| {
        for c in 0..channels {
            out[output * channels + c] += x[input * channels + c];
        }
    });
    for (out, count) in out.chunks_exact_mut(channels).zip(real_inputs(batch, window)) {
        out.iter_mut().for_each(|out| *out /= count);
    }
    out
}

/// `dx[i, c] = sum over the outputs o whose window holds input i of dout[o, c] / (number of real inputs of o)`
///
/// `dout` (batch, output height, output width, channels); the result has the input's shape (batch, height, width,
/// channels).
pub fn gradient(batch: usize, window: &Window, channels: usize, dout: &[f64]) -> Vec<f64> {
    let counts = real_inputs(batch, window);
    let mut dx = vec![0.0; input_pixels(batch, window) * channels];
    for_each_tap(batch, window, |Tap { output, input, .. }| {
        for c in 0..channels {
            dx[input * channels + c] += dout[output * channels + c] / counts[output];
        }
    });
    dx
}

/// For every output pixel the number of inputs in its window.
fn real_inputs(batch: usize, window: &Window) -> Vec<f64> {
    let mut counts = vec![0.0; output_pixels(batch, window)];
    for_each_tap(batch, window, |Tap { output, .. }| counts[output] += 1.0);
    counts
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Geometry, assert_gradient, numbers, pooling_geometries};
    use super::*;
    use crate::shape::Padding;

    #[test]
    fn the_mean_comes_out() {
        let window = Window::new([2, 4], [2, 2], [2, 2], [1, 1], Padding::Valid).unwrap();
        let x = [1.0, 5.0, 2.0, 0.0, 3.0, 4.0, 9.0, 7.0];
        assert_eq!(forward(1, &window, 1, &x), [3.25, 4.5]);
    }

    #[test]
    fn padding_is_not_counted() {
        let window = Window::new([3, 3], [2, 2], [2, 2], [1, 1], Padding::Same).unwrap();
        let x: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(forward(1, &window, 1, &x), [2.0, 3.5, 6.5, 8.0]);
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for Geometry { batch, window, channels: [channels, _] } in pooling_geometries() {
            let x = numbers(1, input_pixels(batch, &window) * channels);
            let dout = numbers(2, output_pixels(batch, &window) * channels);
            let dx = gradient(batch, &window, channels, &dout);
            assert_gradient(|x| forward(batch, &window, channels, x), &dout, &x, &dx);
        }
    }
}
