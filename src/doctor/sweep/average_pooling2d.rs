//! The mean of every window and its gradient.

use super::numbers::{numbers, wide};
use super::shapes::{Draw, odd_windows};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::AveragePooling2d;
use crate::reference::average_pooling2d as twin;

/// Both passes.
pub fn case(op: AveragePooling2d) -> Case {
    let AveragePooling2d { batch, window, channels } = op;
    let mut case = Case::new(op);
    let taps = window.rows.window * window.columns.window;
    let x = numbers(1, batch * window.input_pixels() * channels);
    let dout = numbers(2, batch * window.output_pixels() * channels);
    let (x_view, dout_view) = (case.bench.input("x", &x), case.bench.input("dout", &dout));
    let (out, dx) = (case.bench.output("out", dout.len()), case.bench.output("dx", x.len()));
    op.forward(case.bench.recording(), x_view, out);
    op.gradient(case.bench.recording(), dout_view, dx);
    case.agrees(out, "out", twin::forward(batch, &window, channels, &wide(&x)), taps);
    case.agrees(dx, "dx", twin::gradient(batch, &window, channels, &wide(&dout)), taps);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |batch, window, channels| AveragePooling2d { batch, window, channels };
    let quick = odd_windows().into_iter().zip([1, 3, 7, 4]).map(|(window, channels)| op(2, window, channels));
    let mut draw = Draw::new(11);
    let more: Vec<_> = (0..30).map(|_| op(draw.among(&[1, 3]), draw.window(1), draw.among(&[1, 3, 17, 8]))).collect();
    planned(extent, quick, more, case)
}
