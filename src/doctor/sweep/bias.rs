//! The bias, and its gradient: a sum of rows.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned, sum_rows};
use crate::check::Case;
use crate::ops::Bias;
use crate::reference::bias as twin;

/// Both passes.
pub fn case(op: Bias) -> Case {
    let Bias { rows, channels } = op;
    let mut case = Case::new(op);
    let (x, bias, dout) = (numbers(1, rows * channels), numbers(2, channels), numbers(3, rows * channels));
    let [x_view, bias_view, dout_view] =
        [("x", &x), ("bias", &bias), ("dout", &dout)].map(|(name, values)| case.bench.input(name, values));
    let out = case.bench.output("out", rows * channels);
    op.forward(case.bench.recording(), x_view, bias_view, out);
    case.agrees(out, "out", twin::forward(channels, &wide(&x), &wide(&bias)), 2);
    sum_rows::record(&mut case, op.gradient(), dout_view, "dbias", twin::gradient(channels, &wide(&dout)));
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |(rows, channels)| case(Bias { rows, channels });
    planned(extent, [(1, 1), (3, 7), (17, 65)], [(65, 17), (7, 1), (10_007, 3), (257, 129)], op)
}
