//! Dropout.

use ocellus::doctor::sweep::dropout::case;
use ocellus::ops::Dropout;
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn dropout_masks_are_those_of_the_reference(
        elements in 1usize..1000,
        rate in prop::sample::select(vec![0.0f32, 0.1, 0.25, 0.5, 0.9]),
        layer in 0u32..5,
        seed: u32,
        iteration: u32,
    ) {
        check(&case(Dropout { elements, rate, layer }, seed, iteration));
    }
}

#[test]
fn dropout_agrees_at_odd_sizes() {
    for elements in [1, 3, 7, 17, 65, 100_003] {
        check(&case(Dropout { elements, rate: 0.5, layer: 2 }, 1, 5));
    }
}

#[test]
fn dropout_of_everything_is_zero() {
    check(&case(Dropout { elements: 65, rate: 1.0, layer: 0 }, 1, 1));
}
