//! Dropout, whose masks are those of the reference to the element.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Dropout, StepRecord};
use crate::{random, reference};

/// The forward pass and the gradient in this step of a training with this seed.
pub fn case(op: Dropout, seed: u32, iteration: u32) -> Case {
    let mut case = Case::new(op);
    // Without a 0, which is what marks a dropped element.
    let x: Vec<f32> = numbers(1, op.elements).iter().map(|x| x + 2.0).collect();
    case.bench.set_step(StepRecord { seed, iteration, ..Default::default() });
    let x_view = case.bench.input("x", &x);
    let (out, dx) = (case.bench.output("out", op.elements), case.bench.output("dx", op.elements));
    op.apply(case.bench.recording(), x_view, out);
    op.gradient(case.bench.recording(), x_view, dx);
    let mask = reference::dropout::mask(random::layer_seed(seed, op.layer), iteration, op.rate, op.elements);
    let dropped: Vec<u32> = mask.iter().map(|m| u32::from(*m == 0.0)).collect();
    let zeros = |words: &[u32]| words.iter().map(|word| u32::from(f32::from_bits(*word) == 0.0)).collect();
    case.equals_in(out, "what is dropped", zeros, &dropped);
    case.agrees(out, "out", reference::dropout::forward(&mask, &wide(&x)), 1);
    case.agrees(dx, "dx", reference::dropout::gradient(&mask, &wide(&x)), 1);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let of = |(elements, rate, layer, seed, iteration)| case(Dropout { elements, rate, layer }, seed, iteration);
    let quick = [(1, 0.5, 0, 0, 0), (67, 0.25, 3, 7, 1), (301, 0.9, 1, u32::MAX, 1000)];
    let more = [(17, 0.0, 0, 1, 2), (65, 1.0, 0, 1, 1), (4099, 0.1, 4, 3, 1_000_000), (100_003, 0.5, 2, 1, 5)];
    planned(extent, quick, more, of)
}
