//! Convolution, which in deep learning is cross-correlation: the kernel is not flipped.

use super::taps::{Tap, for_each_tap, input_pixels, output_pixels, window_taps};
use crate::shape::Window;

/// `out[o, :] = bias + sum over taps t and input channels c of x[input(o, t), c] * kernel[t, c, :]`
///
/// `channels` is [in, out]; `x` (batch, height, width, in), `kernel` (window height, window width, in, out),
/// `bias` (out); the result is (batch, output height, output width, out).
pub fn forward(
    batch: usize,
    window: &Window,
    channels: [usize; 2],
    x: &[f64],
    kernel: &[f64],
    bias: Option<&[f64]>,
) -> Vec<f64> {
    let [inputs, outputs] = channels;
    let pixels = output_pixels(batch, window);
    let mut out = match bias {
        Some(bias) => bias.repeat(pixels),
        None => vec![0.0; pixels * outputs],
    };
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        let out = &mut out[output * outputs..][..outputs];
        for c in 0..inputs {
            let x = x[input * inputs + c];
            let kernel = &kernel[(tap * inputs + c) * outputs..][..outputs];
            for (out, kernel) in out.iter_mut().zip(kernel) {
                *out += x * kernel;
            }
        }
    });
    out
}

/// `dx[i, c] = sum over outputs o and taps t with input(o, t) = i of dout[o, :] . kernel[t, c, :]`
///
/// `channels` is [in, out]; `dout` (batch, output height, output width, out), `kernel` (window height, window width,
/// in, out); the result has the input's shape (batch, height, width, in). Inputs that no tap looks at get 0.
pub fn gradient_of_input(
    batch: usize,
    window: &Window,
    channels: [usize; 2],
    dout: &[f64],
    kernel: &[f64],
) -> Vec<f64> {
    let [inputs, outputs] = channels;
    let mut dx = vec![0.0; input_pixels(batch, window) * inputs];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        let dout = &dout[output * outputs..][..outputs];
        for c in 0..inputs {
            let kernel = &kernel[(tap * inputs + c) * outputs..][..outputs];
            dx[input * inputs + c] += dout.iter().zip(kernel).map(|(dout, kernel)| dout * kernel).sum::<f64>();
        }
    });
    dx
}

/// `dkernel[t, c, :] = sum over outputs o of x[input(o, t), c] * dout[o, :]`
///
/// `channels` is [in, out]; `x` (batch, height, width, in), `dout` (batch, output height, output width, out); the
/// result has the kernel's shape (window height, window width, in, out). The bias' gradient is
/// [`bias::gradient`](super::bias::gradient).
pub fn gradient_of_kernel(batch: usize, window: &Window, channels: [usize; 2], x: &[f64], dout: &[f64]) -> Vec<f64> {
    let [inputs, outputs] = channels;
    let mut dkernel = vec![0.0; window_taps(window) * inputs * outputs];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        let dout = &dout[output * outputs..][..outputs];
        for c in 0..inputs {
            let x = x[input * inputs + c];
            let dkernel = &mut dkernel[(tap * inputs + c) * outputs..][..outputs];
            for (dkernel, dout) in dkernel.iter_mut().zip(dout) {
                *dkernel += x * dout;
            }
        }
    });
    dkernel
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Geometry, assert_gradient, geometries, numbers};
    use super::*;
    use crate::shape::Padding;

    fn picture_of_nine() -> Vec<f64> {
        (0..9).map(f64::from).collect()
    }

    #[test]
    fn the_kernel_is_not_flipped() {
        let window = Window::new([3, 3], [2, 2], [1, 1], [1, 1], Padding::Valid).unwrap();
        let kernel = [0.0, 1.0, 2.0, 3.0];
        assert_eq!(forward(1, &window, [1, 1], &picture_of_nine(), &kernel, None), [19.0, 25.0, 37.0, 43.0]);
        let with_bias = forward(1, &window, [1, 1], &picture_of_nine(), &kernel, Some(&[0.5]));
        assert_eq!(with_bias, [19.5, 25.5, 37.5, 43.5]);
    }

    #[test]
    fn same_padding_adds_zeros_at_the_bottom_and_right() {
        let window = Window::new([3, 3], [2, 2], [1, 1], [1, 1], Padding::Same).unwrap();
        let out = forward(1, &window, [1, 1], &picture_of_nine(), &[0.0, 1.0, 2.0, 3.0], None);
        assert_eq!(out, [19.0, 25.0, 10.0, 37.0, 43.0, 16.0, 7.0, 8.0, 0.0]);
    }

    #[test]
    fn channels_are_mixed_by_the_kernel() {
        let window = Window::new([1, 1], [1, 1], [1, 1], [1, 1], Padding::Valid).unwrap();
        let kernel = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
        assert_eq!(forward(1, &window, [2, 3], &[1.0, 2.0], &kernel, None), [21.0, 42.0, 63.0]);
    }

    #[test]
    fn gradients_are_the_finite_differences() {
        for Geometry { batch, window, channels } in geometries() {
            let x = numbers(1, input_pixels(batch, &window) * channels[0]);
            let kernel = numbers(2, window_taps(&window) * channels[0] * channels[1]);
            let bias = numbers(3, channels[1]);
            let dout = numbers(4, output_pixels(batch, &window) * channels[1]);
            let forward = |x: &[f64], kernel: &[f64]| forward(batch, &window, channels, x, kernel, Some(&bias));
            let dx = gradient_of_input(batch, &window, channels, &dout, &kernel);
            assert_gradient(|x| forward(x, &kernel), &dout, &x, &dx);
            let dkernel = gradient_of_kernel(batch, &window, channels, &x, &dout);
            assert_gradient(|kernel| forward(&x, kernel), &dout, &kernel, &dkernel);
        }
    }
}
