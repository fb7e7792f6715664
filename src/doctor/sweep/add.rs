//! The sum of three tensors of one shape.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::Add;
use crate::reference;

/// `a + b + c` by two additions.
pub fn case(op: Add) -> Case {
    let mut case = Case::new(op);
    let inputs = [1, 2, 3].map(|seed| numbers(seed, op.elements));
    let [a, b, c] = [("a", 0), ("b", 1), ("c", 2)].map(|(name, place)| case.bench.input(name, &inputs[place]));
    let (first_two, out) = (case.bench.output("a + b", op.elements), case.bench.output("out", op.elements));
    op.forward(case.bench.recording(), a, b, first_two);
    op.forward(case.bench.recording(), first_two, c, out);
    let [a, b, c] = inputs.map(|input| wide(&input));
    case.agrees(first_two, "a + b", reference::add::forward(&[&a, &b]), 2);
    case.agrees(out, "out", reference::add::forward(&[&a, &b, &c]), 3);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    planned(extent, [1, 3, 7, 17, 65], [64, 257, 100_003], |elements| case(Add { elements }))
}
