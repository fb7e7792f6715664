//! Windows over pictures, drawn for the tests of every op that slides one.

use ocellus::shape::{Padding, Window};
use proptest::{prelude::*, sample::select};

/// Small windows over small pictures, odd extents first: one pixel, strides larger than the window, windows larger
/// than the picture (padding same), taps up to `largest_dilation` apart.
pub fn windows(largest_dilation: usize) -> impl Strategy<Value = Window> {
    let pair = |values: &'static [usize]| (select(values), select(values)).prop_map(<[usize; 2]>::from);
    let dilations: Vec<usize> = (1..=largest_dilation).collect();
    let dilation = (select(dilations.clone()), select(dilations)).prop_map(<[usize; 2]>::from);
    let padding = select(&[Padding::Valid, Padding::Same][..]);
    (pair(&[1, 3, 7, 17, 8]), pair(&[1, 3, 2, 5]), pair(&[1, 2, 3, 4]), dilation, padding)
        .prop_filter_map("the window does not fit", |(input, size, strides, dilation, padding)| {
            Window::new(input, size, strides, dilation, padding)
        })
}

/// Numbers of pictures, one first.
pub fn batches() -> impl Strategy<Value = usize> {
    select(&[1, 3][..])
}

/// Numbers of channels, one first, multiples of four last.
pub fn channels() -> impl Strategy<Value = usize> {
    select(&[1, 3, 7, 17, 4, 8][..])
}
