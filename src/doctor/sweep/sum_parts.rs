//! The sum of the parts of a product's sums, with all that can stand at its end.

use super::activation::{MADE_INPUT, twin};
use super::numbers::{narrow, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, SumParts};
use crate::reference;
use crate::shape::{Padding, Window};

/// Rows that are one where the outputs are pooled.
const POOLED_ROWS: usize = 4;

/// All passes: the forward one with a bias and without, and pooled where the rows are whole windows; the gradient by itself
/// and through the activation that made the input.
pub fn case(op: SumParts) -> Case {
    let SumParts { parts, rows, columns } = op;
    let elements = rows * columns;
    // Whole numbers, so that there are ties, and every maximum is exact.
    let whole = |numbers: Vec<f32>| numbers.into_iter().map(|x| (2.0 * x).round() + 0.0).collect::<Vec<f32>>();
    let (sums, bias, x) = (whole(numbers(1, parts * elements)), whole(numbers(2, columns)), numbers(3, elements));
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
    let [dx, dz] = ["dx", "dz"].map(|name| case.bench.output(name, elements));
    op.gradient(case.bench.recording(), sums, None, dx);
    op.gradient(case.bench.recording(), sums, Activated::new(MADE_INPUT, x_view), dz);
    let expected_dz = reference::activation::gradient(twin(MADE_INPUT), &wide(&x), &total);
    case.agrees(dx, "gradient", total, parts);
    case.agrees(dz, "gradient through the activation", expected_dz, parts + 1);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |(parts, rows, columns)| case(SumParts { parts, rows, columns });
    let more = [(1, 5, 3), (16, 32, 64), (9, 513, 65), (3, 1000, 20), (40, 7, 132)];
    planned(extent, [(1, 1, 1), (2, 3, 4), (3, 8, 7), (5, 12, 8)], more, op)
}
