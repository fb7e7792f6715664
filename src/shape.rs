//! Shapes of tensors and the geometry of windows that slide over pictures.
//!
//! Pictures are NHWC: image, row, column, channel, the channel running fastest.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The extents of one sample's tensor, without the batch: `(32, 32, 3)` is a colour picture, `(10)` a row of logits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape from its extents, outermost first.
    pub fn new(extents: impl Into<Vec<usize>>) -> Self {
        Self(extents.into())
    }

    /// The extents, outermost first.
    pub fn extents(&self) -> &[usize] {
        &self.0
    }

    /// The number of extents: 3 for a picture, 1 for a row.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements of one sample: the product of the extents, 1 for a scalar.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// The innermost extent, which Keras calls the channels (axis -1); 1 for a scalar.
    pub fn channels(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }

    /// Height, width and channels of a picture; `None` when the rank is not 3.
    pub fn picture(&self) -> Option<[usize; 3]> {
        self.0.as_slice().try_into().ok()
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(extents: [usize; N]) -> Self {
        Self(extents.to_vec())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(extents: Vec<usize>) -> Self {
        Self(extents)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extents: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "({})", extents.join(", "))
    }
}

/// What stands around the picture when a window reaches past its edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// Nothing: the window stays inside. `output = floor((input - dilation (window - 1) - 1) / stride) + 1`.
    #[default]
    Valid,
    /// As much as makes `output = ceil(input / stride)`, the odd row or column at the bottom and right, as in Keras.
    Same,
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Padding::Valid => "valid",
            Padding::Same => "same",
        })
    }
}

/// How a window slides along one axis of a picture.
///
/// Output `o`, tap `t` looks at input `o * stride + t * dilation - before`, which lies outside when it is
/// negative or not below `input`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WindowAxis {
    /// The input's extent.
    pub input: usize,
    /// The output's extent.
    pub output: usize,
    /// The number of taps.
    pub window: usize,
    /// How far the window moves from one output to the next.
    pub stride: usize,
    /// How far one tap is from the next.
    pub dilation: usize,
    /// The number of padded positions before the first input.
    pub before: usize,
}

impl WindowAxis {
    /// The geometry of one axis by Keras' rules; `None` when an argument is 0 or the window does not fit.
    pub fn new(input: usize, window: usize, stride: usize, dilation: usize, padding: Padding) -> Option<Self> {
        if input == 0 || window == 0 || stride == 0 || dilation == 0 {
            return None;
        }
        let reach = dilation.checked_mul(window - 1)?.checked_add(1)?;
        let (output, before) = match padding {
            Padding::Valid => (input.checked_sub(reach)? / stride + 1, 0),
            Padding::Same => {
                let output = input.div_ceil(stride);
                let total = ((output - 1) * stride).checked_add(reach)?.saturating_sub(input);
                (output, total / 2)
            }
        };
        Some(Self { input, output, window, stride, dilation, before })
    }

    /// The input position that tap `tap` of output `output` looks at; `None` in the padding.
    pub fn source(&self, output: usize, tap: usize) -> Option<usize> {
        let position = (output * self.stride + tap * self.dilation).checked_sub(self.before)?;
        (position < self.input).then_some(position)
    }
}

/// How a window slides over a picture: [`WindowAxis`] along the rows and along the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Down the picture: input and output heights.
    pub rows: WindowAxis,
    /// Across the picture: input and output widths.
    pub columns: WindowAxis,
}

impl Window {
    /// The window of size `size` over a picture of `input` (height, width); every pair is (rows, columns).
    /// `None` when it does not fit or an argument is 0.
    pub fn new(
        input: [usize; 2],
        size: [usize; 2],
        strides: [usize; 2],
        dilation: [usize; 2],
        padding: Padding,
    ) -> Option<Self> {
        let axis = |i: usize| WindowAxis::new(input[i], size[i], strides[i], dilation[i], padding);
        Some(Self { rows: axis(0)?, columns: axis(1)? })
    }

    /// The number of pixels of the input picture.
    pub fn input_pixels(&self) -> usize {
        self.rows.input * self.columns.input
    }

    /// The number of pixels of the output picture.
    pub fn output_pixels(&self) -> usize {
        self.rows.output * self.columns.output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_padding_keeps_the_window_inside() {
        let axis = WindowAxis::new(32, 3, 1, 1, Padding::Valid).unwrap();
        assert_eq!((axis.output, axis.before), (30, 0));
        assert_eq!(WindowAxis::new(7, 3, 2, 1, Padding::Valid).unwrap().output, 3);
        assert_eq!(WindowAxis::new(2, 3, 1, 1, Padding::Valid), None);
    }

    #[test]
    fn same_padding_puts_the_odd_position_at_the_end() {
        let axis = WindowAxis::new(5, 2, 2, 1, Padding::Same).unwrap();
        assert_eq!((axis.output, axis.before), (3, 0));
        assert_eq!((axis.source(0, 0), axis.source(2, 1)), (Some(0), None));
        let dilated = WindowAxis::new(9, 3, 1, 2, Padding::Same).unwrap();
        assert_eq!((dilated.output, dilated.before), (9, 2));
        assert_eq!((dilated.source(0, 0), dilated.source(0, 1)), (None, Some(0)));
    }

    #[test]
    fn absurd_geometry_is_refused_rather_than_overflowing() {
        assert_eq!(WindowAxis::new(5, usize::MAX, 1, 2, Padding::Same), None);
        assert_eq!(WindowAxis::new(5, 0, 1, 1, Padding::Valid), None);
        assert_eq!(WindowAxis::new(5, 3, 0, 1, Padding::Valid), None);
    }
}
