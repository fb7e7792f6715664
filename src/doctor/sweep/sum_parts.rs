//! The sum of the parts of a product's sums, with all that can stand at its end.

use super::activation::{MADE_INPUT, twin};
use super::max_pooling2d::coarse;
use super::numbers::{narrow, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, POOLED_ROWS, SumParts};
use crate::reference;
use crate::shape::{Padding, Window};

/// All passes: the forward one with a bias and without, and pooled where the rows are whole windows; and the gradient
/// through the activation that made the input.
pub fn case(op: SumParts) -> Case {
    let SumParts { parts, rows, columns } = op;
    let elements = rows * columns;
    // So that there are ties, and every maximum is exact.
    let [sums, bias] = [(1, parts * elements), (2, columns)].map(|(seed, n)| coarse(&numbers(seed, n)));
    let x = numbers(3, elements);
    let total = reference::bias::gradient(elements, &wide(&sums));
    let active = |linear: &[f64]| reference::activation::forward(twin(MADE_INPUT), linear);
    let biased = active(&reference::bias::forward(columns, &total, &wide(&bias)));

    let mut case = Case::new(op);
    let [sums, bias, x_view] =
        [("sums", &sums), ("bias", &bias), ("x", &x)].map(|(name, values)| case.bench.input(name, values));
    for (bias, expected) in [(None, active(&total)), (Some(bias), biased.clone())] {
        let out = case.bench.output("out", elements);
        op.forward(case.bench.recording(), sums, bias, MADE_INPUT, out);
        case.agrees(out, "forward", expected, parts + 1);
    }
    let side_by_side = [POOLED_ROWS, 1];
    let window = Window::new(side_by_side, side_by_side, side_by_side, [1; 2], Padding::Valid);
    if let Some(window) = window.filter(|_| rows.is_multiple_of(POOLED_ROWS)) {
        let (expected, places) = reference::max_pooling2d::forward(rows / POOLED_ROWS, &window, columns, &biased);
        let places: Vec<u32> = places.into_iter().map(|place| place as u32).collect();
        let [out, winners, alone] =
            ["out", "winners", "out alone"].map(|name| case.bench.output(name, elements / POOLED_ROWS));
        let recording = case.bench.recording();
        op.forward_pooled(recording, sums, Some(bias), MADE_INPUT, out, Some(winners));
        op.forward_pooled(recording, sums, Some(bias), MADE_INPUT, alone, None);
        case.equals(out, "forward with pooling", &narrow(&expected));
        case.equals(winners, "winners", &places);
        case.equals(alone, "forward with pooling, without winners", &narrow(&expected));
    }
    if let Some(activated) = Activated::new(MADE_INPUT, x_view) {
        let dx = case.bench.output("dx", elements);
        op.gradient(case.bench.recording(), sums, activated, dx);
        let expected = reference::activation::gradient(twin(MADE_INPUT), &wide(&x), &total);
        case.agrees(dx, "gradient through the activation", expected, parts + 1);
    }
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |(parts, rows, columns)| case(SumParts { parts, rows, columns });
    let more = [(1, 5, 3), (16, 32, 64), (9, 513, 65), (3, 1000, 20), (40, 7, 132)];
    planned(extent, [(1, 1, 1), (2, 3, 4), (3, 8, 7), (5, 12, 8)], more, op)
}
