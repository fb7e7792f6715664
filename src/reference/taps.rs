//! The walk that all window ops share: every place where a tap of the window meets an input.

use crate::shape::Window;

/// One meeting of an output with an input. Pixels are numbered through the whole batch, image by image, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tap {
    /// The output pixel.
    pub output: usize,
    /// The tap's place in the window: row * window width + column.
    pub tap: usize,
    /// The input pixel that the tap looks at.
    pub input: usize,
}

/// Calls `visit` for every meeting; taps that look at the padding are left out. The taps of one output come one after
/// the other, in row-major order.
pub(super) fn for_each_tap(batch: usize, window: &Window, mut visit: impl FnMut(Tap)) {
    let Window { rows, columns } = window;
    for image in 0..batch {
        for output_row in 0..rows.output {
            for output_column in 0..columns.output {
                let output = (image * rows.output + output_row) * columns.output + output_column;
                for tap_row in 0..rows.window {
                    let Some(input_row) = rows.source(output_row, tap_row) else { continue };
                    for tap_column in 0..columns.window {
                        let Some(input_column) = columns.source(output_column, tap_column) else { continue };
                        visit(Tap {
                            output,
                            tap: tap_row * columns.window + tap_column,
                            input: (image * rows.input + input_row) * columns.input + input_column,
                        });
                    }
                }
            }
        }
    }
}

/// The number of input pixels in the batch.
pub(super) fn input_pixels(batch: usize, window: &Window) -> usize {
    batch * window.rows.input * window.columns.input
}

/// The number of output pixels in the batch.
pub(super) fn output_pixels(batch: usize, window: &Window) -> usize {
    batch * window.rows.output * window.columns.output
}

/// The number of taps in the window.
pub(super) fn window_taps(window: &Window) -> usize {
    window.rows.window * window.columns.window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Padding;

    #[test]
    fn taps_in_the_padding_are_left_out() {
        let window = Window::new([1, 2], [1, 3], [1, 1], [1, 1], Padding::Same).unwrap();
        let mut met = Vec::new();
        for_each_tap(2, &window, |Tap { output, tap, input }| met.push((output, tap, input)));
        let first_image = [(0, 1, 0), (0, 2, 1), (1, 0, 0), (1, 1, 1)];
        let second_image = first_image.map(|(output, tap, input)| (output + 2, tap, input + 2));
        assert_eq!(met, [first_image, second_image].concat());
    }

    #[test]
    fn stride_and_dilation_place_the_taps() {
        let window = Window::new([5, 1], [2, 1], [2, 1], [2, 1], Padding::Valid).unwrap();
        let mut met = Vec::new();
        for_each_tap(1, &window, |Tap { output, tap, input }| met.push((output, tap, input)));
        assert_eq!(met, [(0, 0, 0), (0, 1, 2), (1, 0, 2), (1, 1, 4)]);
    }
}
