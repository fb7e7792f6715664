//! What the tests of this room share: made-up numbers, odd geometries and the comparison with finite differences.

use super::finite_differences;
use crate::random::{Stream, uniform};
use crate::shape::{Padding, Window};

/// `count` numbers uniform in [-1, 1); another `salt` gives other numbers.
pub(crate) fn numbers(salt: u32, count: usize) -> Vec<f64> {
    (0..count).map(|i| 2.0 * f64::from(uniform(salt, Stream::InitialWeights, 0, i as u32)) - 1.0).collect()
}

/// Fails when an element differs by more than `tolerance`, taken relatively where `expected` is larger than 1.
#[track_caller]
pub(crate) fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len(), "number of elements");
    for (i, (a, b)) in actual.iter().zip(expected).enumerate() {
        // Written so that NaN fails.
        let close = (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(close, "element {i}: {a} instead of {b}");
    }
}

/// Fails unless `gradient` is the gradient of `sum(forward(x) * dout)` at `at`.
#[track_caller]
pub(crate) fn assert_gradient(forward: impl Fn(&[f64]) -> Vec<f64>, dout: &[f64], at: &[f64], gradient: &[f64]) {
    let deviation = finite_differences::deviation(forward, dout, at, gradient);
    assert!(deviation <= 1e-7, "off by {deviation:e}");
}

/// A batch of pictures with a window over it.
#[derive(Debug)]
pub(crate) struct Geometry {
    pub batch: usize,
    pub window: Window,
    pub channels: [usize; 2],
}

/// Small odd geometries: one channel, one image, one pixel, windows that skip inputs, windows larger than the picture.
pub(crate) fn geometries() -> Vec<Geometry> {
    let (valid, same) = (Padding::Valid, Padding::Same);
    let geometry = |batch, input, size, strides, dilation, padding, channels| Geometry {
        batch,
        window: Window::new(input, size, strides, dilation, padding).unwrap(),
        channels,
    };
    vec![
        geometry(1, [3, 3], [2, 2], [1, 1], [1, 1], valid, [1, 1]),
        geometry(3, [1, 1], [1, 1], [1, 1], [1, 1], valid, [3, 2]),
        geometry(2, [7, 3], [1, 1], [1, 1], [1, 1], valid, [2, 3]),
        geometry(2, [7, 9], [2, 1], [3, 2], [1, 1], valid, [3, 2]),
        geometry(1, [7, 7], [2, 2], [3, 3], [1, 1], same, [1, 3]),
        geometry(2, [5, 6], [3, 3], [2, 2], [1, 1], same, [2, 3]),
        geometry(1, [2, 3], [5, 4], [1, 2], [1, 1], same, [2, 1]),
        geometry(1, [7, 5], [3, 2], [1, 1], [2, 3], valid, [2, 3]),
        geometry(2, [4, 7], [2, 3], [1, 1], [2, 2], same, [1, 2]),
        geometry(1, [9, 8], [3, 2], [2, 3], [2, 2], same, [2, 2]),
    ]
}

/// The geometries that pooling knows: without dilation.
pub(crate) fn pooling_geometries() -> Vec<Geometry> {
    let mut all = geometries();
    all.retain(|g| g.window.rows.dilation == 1 && g.window.columns.dilation == 1);
    all
}
