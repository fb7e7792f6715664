//! The length of the whole gradient.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::GlobalNorm;
use crate::reference;

/// The length of made-up numbers.
pub fn case(op: GlobalNorm) -> Case {
    let mut case = Case::new(op);
    let x = numbers(1, op.elements);
    let x_view = case.bench.input("x", &x);
    let norm = reference::global_norm::norm(&wide(&x));
    let scratch = case.bench.scratch(op.scratch_bytes());
    let out = case.bench.output("out", 1);
    if let Some(scratch) = scratch {
        op.record(case.bench.recording(), x_view, scratch, out);
        case.adds_up(scratch, "the parts' sums of squares", vec![norm * norm], 1);
    }
    // Summands of one sign: rounding does not grow with their number as it may where they cancel.
    case.agrees(out, "out", vec![norm], 1);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    // The last ones have more parts than a workgroup has invocations, and more elements than the parts by themselves.
    planned(extent, [1, 3, 65], [7, 17, 4099, 100_003, 1_100_003], |elements| case(GlobalNorm { elements }))
}
