//! Convolution of every channel by itself, each with as many kernels as the depth multiplier says.

use super::taps::{Tap, for_each_tap, input_pixels, output_pixels, window_taps};
use crate::shape::Window;

/// `out[o, c * multiplier + m] = bias + sum over taps t of x[input(o, t), c] * kernel[t, c, m]`
///
/// `channels` is [input channels, multiplier]; `x` (batch, height, width, channels), `kernel` (window height, window
/// width, channels, multiplier), `bias` (channels * multiplier); the result is (batch, output height, output width,
/// channels * multiplier).
pub fn forward(
    batch: usize,
    window: &Window,
    channels: [usize; 2],
    x: &[f64],
    kernel: &[f64],
    bias: Option<&[f64]>,
) -> Vec<f64> {
    let [inputs, multiplier] = channels;
    let outputs = inputs * multiplier;
    let pixels = output_pixels(batch, window);
    let mut out = match bias {
        Some(bias) => bias.repeat(pixels),
        None => vec![0.0; pixels * outputs],
    };
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        // The kernel's last two extents together count the output channels.
        for k in 0..outputs {
            out[output * outputs + k] += x[input * inputs + k / multiplier] * kernel[tap * outputs + k];
        }
    });
    out
}

/// `dx[i, c] = sum over m, outputs o and taps t with input(o, t) = i of dout[o, c * multiplier + m] * kernel[t, c, m]`
///
/// `channels` is [input channels, multiplier]; `dout` (batch, output height, output width, channels * multiplier),
/// `kernel` (window height, window width, channels, multiplier); the result has the input's shape (batch, height,
/// width, channels).
pub fn gradient_of_input(
    batch: usize,
    window: &Window,
    channels: [usize; 2],
    dout: &[f64],
    kernel: &[f64],
) -> Vec<f64> {
    let [inputs, multiplier] = channels;
    let outputs = inputs * multiplier;
    let mut dx = vec![0.0; input_pixels(batch, window) * inputs];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        for k in 0..outputs {
            dx[input * inputs + k / multiplier] += dout[output * outputs + k] * kernel[tap * outputs + k];
        }
    });
    dx
}

/// `dkernel[t, c, m] = sum over outputs o of x[input(o, t), c] * dout[o, c * multiplier + m]`
///
/// `channels` is [input channels, multiplier]; `x` (batch, height, width, channels), `dout` (batch, output height,
/// output width, channels * multiplier); the result has the kernel's shape (window height, window width, channels,
/// multiplier).
pub fn gradient_of_kernel(batch: usize, window: &Window, channels: [usize; 2], x: &[f64], dout: &[f64]) -> Vec<f64> {
    let [inputs, multiplier] = channels;
    let outputs = inputs * multiplier;
    let mut dkernel = vec![0.0; window_taps(window) * outputs];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        for k in 0..outputs {
            dkernel[tap * outputs + k] += x[input * inputs + k / multiplier] * dout[output * outputs + k];
        }
    });
    dkernel
}

#[cfg(test)]
mod tests {
    use super::super::conv2d;
    use super::super::testing::{Geometry, assert_close, assert_gradient, geometries, numbers};
    use super::*;
    use crate::shape::Padding;

    #[test]
    fn every_channel_has_its_own_kernels() {
        let window = Window::new([1, 1], [1, 1], [1, 1], [1, 1], Padding::Valid).unwrap();
        let out = forward(1, &window, [2, 2], &[2.0, 3.0], &[1.0, 10.0, 100.0, 1000.0], None);
        assert_eq!(out, [2.0, 20.0, 300.0, 3000.0]);
        let bias = [0.1, 0.2, 0.3, 0.4];
        let out = forward(1, &window, [2, 2], &[2.0, 3.0], &[1.0, 10.0, 100.0, 1000.0], Some(&bias));
        assert_eq!(out, [2.1, 20.2, 300.3, 3000.4]);
    }

    #[test]
    fn it_is_a_convolution_whose_kernel_is_zero_between_channels() {
        for Geometry { batch, window, channels: [inputs, multiplier] } in geometries() {
            let x = numbers(1, input_pixels(batch, &window) * inputs);
            let kernel = numbers(2, window_taps(&window) * inputs * multiplier);
            let outputs = inputs * multiplier;
            let mut full = vec![0.0; window_taps(&window) * inputs * outputs];
            for (i, value) in kernel.iter().enumerate() {
                let (tap, k) = (i / outputs, i % outputs);
                full[(tap * inputs + k / multiplier) * outputs + k] = *value;
            }
            let expected = conv2d::forward(batch, &window, [inputs, outputs], &x, &full, None);
            let actual = forward(batch, &window, [inputs, multiplier], &x, &kernel, None);
            assert_close(&actual, &expected, 1e-12);
        }
    }

    #[test]
    fn gradients_are_the_finite_differences() {
        for Geometry { batch, window, channels } in geometries() {
            let outputs = channels[0] * channels[1];
            let x = numbers(1, input_pixels(batch, &window) * channels[0]);
            let kernel = numbers(2, window_taps(&window) * outputs);
            let bias = numbers(3, outputs);
            let dout = numbers(4, output_pixels(batch, &window) * outputs);
            let forward = |x: &[f64], kernel: &[f64]| forward(batch, &window, channels, x, kernel, Some(&bias));
            let dx = gradient_of_input(batch, &window, channels, &dout, &kernel);
            assert_gradient(|x| forward(x, &kernel), &dout, &x, &dx);
            let dkernel = gradient_of_kernel(batch, &window, channels, &x, &dout);
            assert_gradient(|kernel| forward(&x, kernel), &dout, &kernel, &dkernel);
        }
    }
}
