//! The largest value in every window.

use super::taps::{Tap, for_each_tap, input_pixels, output_pixels};
use crate::shape::Window;

/// `out[o, c] = max over taps t of x[input(o, t), c]`, and the tap where it stands: the values and the winners.
///
/// `x` (batch, height, width, channels); both results are (batch, output height, output width, channels). A winner is
/// row * window width + column inside the window. The first maximum in row-major order wins; padding never does.
pub fn forward(batch: usize, window: &Window, channels: usize, x: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let elements = output_pixels(batch, window) * channels;
    let mut values = vec![f64::NEG_INFINITY; elements];
    // Unset until the first real tap, so that padding does not win where all inputs are -infinity.
    let mut winners = vec![None; elements];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        for c in 0..channels {
            let (o, value) = (output * channels + c, x[input * channels + c]);
            if winners[o].is_none() || value > values[o] {
                values[o] = value;
                winners[o] = Some(tap);
            }
        }
    });
    (values, winners.into_iter().map(Option::unwrap_or_default).collect())
}

/// `dx[i, c] = sum of dout[o, c] over the outputs o whose winner in channel c looks at input i`
///
/// `winners` from [`forward`] and `dout`, both (batch, output height, output width, channels); the result has the
/// input's shape (batch, height, width, channels).
pub fn gradient(batch: usize, window: &Window, channels: usize, winners: &[usize], dout: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; input_pixels(batch, window) * channels];
    for_each_tap(batch, window, |Tap { output, tap, input }| {
        for c in 0..channels {
            let o = output * channels + c;
            if winners[o] == tap {
                dx[input * channels + c] += dout[o];
            }
        }
    });
    dx
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Geometry, assert_gradient, numbers, pooling_geometries};
    use super::*;
    use crate::shape::Padding;

    fn window(input: [usize; 2], size: usize, stride: usize, padding: Padding) -> Window {
        Window::new(input, [size; 2], [stride; 2], [1, 1], padding).unwrap()
    }

    #[test]
    fn the_largest_value_and_its_tap_come_out() {
        let x = [1.0, 5.0, 2.0, 0.0, 3.0, 4.0, 9.0, 7.0];
        let (values, winners) = forward(1, &window([2, 4], 2, 2, Padding::Valid), 1, &x);
        assert_eq!(values, [5.0, 9.0]);
        assert_eq!(winners, [1, 2]);
    }

    #[test]
    fn the_first_of_equal_maxima_takes_the_whole_gradient() {
        let window = window([2, 2], 2, 2, Padding::Valid);
        let (_, winners) = forward(1, &window, 1, &[0.0, 1.0, 1.0, 1.0]);
        assert_eq!(winners, [1]);
        assert_eq!(gradient(1, &window, 1, &winners, &[3.0]), [0.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn padding_never_wins() {
        let window = window([2, 2], 3, 1, Padding::Same);
        let (values, winners) = forward(1, &window, 1, &[-4.0, -3.0, -2.0, -1.0]);
        assert_eq!(values, [-1.0; 4]);
        assert_eq!(winners, [8, 7, 5, 4]);
        let (values, winners) = forward(1, &window, 1, &[f64::NEG_INFINITY; 4]);
        assert_eq!(values, [f64::NEG_INFINITY; 4]);
        assert_eq!(winners, [4, 3, 1, 0]);
    }

    #[test]
    fn overlapping_windows_add_their_gradients() {
        let window = window([3, 3], 2, 1, Padding::Valid);
        let (_, winners) = forward(1, &window, 1, &[0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0]);
        let dx = gradient(1, &window, 1, &winners, &[1.0, 2.0, 4.0, 8.0]);
        assert_eq!(dx, [0.0, 0.0, 0.0, 0.0, 15.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for Geometry { batch, window, channels: [channels, _] } in pooling_geometries() {
            let x = numbers(1, input_pixels(batch, &window) * channels);
            let dout = numbers(2, output_pixels(batch, &window) * channels);
            let (_, winners) = forward(batch, &window, channels, &x);
            let dx = gradient(batch, &window, channels, &winners, &dout);
            assert_gradient(|x| forward(batch, &window, channels, x).0, &dout, &x, &dx);
        }
    }
}
