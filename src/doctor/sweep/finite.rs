//! The watch for infinity and NaN, and what it takes back.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Finite, StepRecord};
use crate::reference::finite::all_finite;

/// The watch over these gradients, at least one, and over this loss in the second slot of three, where training was
/// `halted` before or not.
pub fn watch(gradients: &[f32], loss: f32, halted: bool) -> Case {
    let op = Finite { elements: gradients.len() };
    let mut case = Case::new((op, loss, halted));
    case.bench.set_step(StepRecord { slot: 1, ..StepRecord::default() });
    let view = case.bench.input("gradients", gradients);
    let ring = case.bench.input("ring", &[1.0, 2.0, loss, 4.0, 5.0, 6.0]);
    let halted_view = case.bench.input("halted", &[u32::from(halted)]);
    if let Some(scratch) = case.bench.scratch(op.scratch_bytes()) {
        op.record(case.bench.recording(), view, scratch, ring, halted_view);
        let found = |parts: &[f32]| vec![f32::from(u8::from(parts.iter().any(|part| *part != 0.0)))];
        let expected = f64::from(u8::from(!all_finite(&wide(gradients))));
        case.agrees_in(scratch, "whether a part is not finite", found, vec![expected], 1);
        let ones =
            |parts: &[u32]| parts.iter().map(|part| u32::from(![0.0, 1.0].contains(&f32::from_bits(*part)))).collect();
        let parts = (op.scratch_bytes() / crate::ops::ELEMENT_BYTES) as usize;
        case.equals_in(scratch, "parts that are neither 0 nor 1", ones, &vec![0u32; parts]);
    }
    let halts = halted || !all_finite(&wide(gradients)) || !loss.is_finite();
    case.equals(halted_view, "whether training is halted", &[u32::from(halts)]);
    let left = if halts { f32::NAN } else { loss };
    // Of NaN there are many.
    let one_nan = |words: &[u32]| {
        let word = |word: &u32| if f32::from_bits(*word).is_nan() { f32::NAN.to_bits() } else { *word };
        words.iter().map(word).collect()
    };
    case.equals_in(ring, "the ring", one_nan, &[1.0, 2.0, left, 4.0, 5.0, 6.0]);
    case
}

/// What is kept of so many elements, a multiple of four, and given back where training is `halted`.
pub fn roll_back(elements: usize, halted: bool) -> Case {
    let mut case = Case::new(("roll back", elements, halted));
    let (old, new) = (numbers(1, elements), numbers(2, elements));
    let (state, kept) = (case.bench.input("state", &new), case.bench.input("kept", &old));
    let halted_view = case.bench.input("halted", &[u32::from(halted)]);
    Finite::roll_back(case.bench.recording(), elements, halted_view, state, kept);
    let expected = if halted { old } else { new };
    case.equals(state, "state", &expected);
    case.equals(kept, "kept", &expected);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    // A NaN at the end of so many gradients, then none.
    let with_nan = |elements: usize| {
        let mut gradients = numbers(1, elements);
        gradients[elements - 1] = f32::NAN;
        watch(&gradients, 2.5, false)
    };
    let mut cases = planned(extent, [1, 7, 515], [129, 4_099, 2_200_003], with_nan);
    cases.extend(planned(extent, [3, 17], [4_100, 2_200_003], |elements| watch(&numbers(1, elements), 2.5, false)));
    cases.extend(planned(extent, [f32::INFINITY, f32::NAN], [f32::MAX], |loss| watch(&[1.0; 5], loss, false)));
    cases.push(Box::new(|| watch(&[1.0; 5], 3.0, true)));
    cases.extend(planned(extent, [(4, true), (12, false)], [(300, true), (300, false)], |(elements, halted)| {
        roll_back(elements, halted)
    }));
    cases
}
