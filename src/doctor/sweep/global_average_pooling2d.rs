//! The mean of every channel over the whole picture, and its gradient.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::GlobalAveragePooling2d;
use crate::reference::global_average_pooling2d as twin;

/// Both passes.
pub fn case(op: GlobalAveragePooling2d) -> Case {
    let GlobalAveragePooling2d { batch, pixels, channels } = op;
    let mut case = Case::new(op);
    let (x, dout) = (numbers(1, batch * pixels * channels), numbers(2, batch * channels));
    let (x_view, dout_view) = (case.bench.input("x", &x), case.bench.input("dout", &dout));
    let (out, dx) = (case.bench.output("out", dout.len()), case.bench.output("dx", x.len()));
    op.forward(case.bench.recording(), x_view, out);
    op.gradient(case.bench.recording(), dout_view, dx);
    case.agrees(out, "out", twin::forward(batch, pixels, channels, &wide(&x)), pixels);
    case.agrees(dx, "dx", twin::gradient(batch, pixels, channels, &wide(&dout)), 1);
    case
}

/// Batch, pixels and channels: more pixels than some drivers let the loops of an invocation have turns, 65,535.
pub const MANY_PIXELS: (usize, usize, usize) = (2, 70_001, 1);

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |(batch, pixels, channels)| case(GlobalAveragePooling2d { batch, pixels, channels });
    planned(extent, [(1, 1, 1), (3, 7, 17)], [(3, 49, 3), (1, 289, 8), (65, 3, 65), (2, 4099, 4), MANY_PIXELS], op)
}
