//! Shapes drawn from lists, the same ones every time.

use crate::random::{self, Stream};
use crate::shape::{Padding, Window};

/// Draws from lists.
pub(super) struct Draw {
    seed: u32,
    drawn: u32,
}

impl Draw {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, drawn: 0 }
    }

    /// One of these.
    pub(super) fn among<T: Copy>(&mut self, values: &[T]) -> T {
        self.drawn += 1;
        values[random::bits(self.seed, Stream::Shuffle, 0, self.drawn) as usize % values.len()]
    }

    /// Two of these.
    pub(super) fn pair<T: Copy>(&mut self, values: &[T]) -> [T; 2] {
        [self.among(values), self.among(values)]
    }

    /// A window over a picture, odd extents first, whose taps are up to `largest_dilation` apart.
    pub(super) fn window(&mut self, largest_dilation: usize) -> Window {
        let dilations: Vec<usize> = (1..=largest_dilation).collect();
        loop {
            let (input, size) = (self.pair(&[1, 3, 7, 17, 8]), self.pair(&[1, 3, 2, 5]));
            let (strides, dilation) = (self.pair(&[1, 2, 3, 4]), self.pair(&dilations));
            let padding = self.among(&[Padding::Valid, Padding::Same]);
            // A picture of one pixel has a window of its own size, which is drawn in the end.
            if let Some(window) = Window::new(input, size, strides, dilation, padding) {
                return window;
            }
        }
    }
}

/// Windows that show edges: one pixel, a stride larger than the window, a window larger than the picture.
pub(super) fn odd_windows() -> Vec<Window> {
    let windows = [
        ([1, 1], [1, 1], [1, 1], Padding::Valid),
        ([3, 7], [3, 3], [1, 1], Padding::Same),
        ([7, 3], [2, 2], [3, 2], Padding::Valid),
        ([2, 3], [5, 5], [1, 2], Padding::Same),
    ];
    let window = |(input, size, strides, padding)| Window::new(input, size, strides, [1, 1], padding);
    windows.into_iter().filter_map(window).collect()
}
