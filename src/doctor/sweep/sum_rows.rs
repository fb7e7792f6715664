//! The sum of rows, at once and in parts.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::gpu::View;
use crate::ops::SumRows;
use crate::reference;

/// Appends the sum of `x`'s rows to a case, which must be `expected`.
pub(super) fn record(case: &mut Case, op: SumRows, x: View, what: &'static str, expected: Vec<f64>) {
    let (scratch, out) = (case.bench.scratch(op.scratch_bytes()), case.bench.output(what, op.columns));
    op.record(case.bench.recording(), "sum", x, scratch, out);
    if let Some(scratch) = scratch {
        case.adds_up(scratch, "the parts' sums", expected.clone(), op.rows);
    }
    case.agrees(out, what, expected, op.rows);
}

/// The sum of made-up rows.
pub fn case(op: SumRows) -> Case {
    let mut case = Case::new(op);
    let x = numbers(1, op.rows * op.columns);
    let view = case.bench.input("x", &x);
    record(&mut case, op, view, "out", reference::bias::gradient(op.columns, &wide(&x)));
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |(rows, columns)| case(SumRows { rows, columns });
    planned(
        extent,
        [(1, 1), (3, 7), (65, 17), (33, 12)],
        [(31, 1), (33, 5), (1_000_003, 1), (4099, 65), (4099, 64)],
        op,
    )
}
