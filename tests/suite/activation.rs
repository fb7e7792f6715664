//! Activation functions.

use ocellus::doctor::sweep::activation::{case, ends, functions, scaled};
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn activation_agrees_with_the_reference(elements in 1usize..300, scale in prop::sample::select(vec![0.1f32, 1.0, 3.0, 30.0])) {
        for function in functions() {
            check(&case(function, &scaled(elements, scale)));
        }
    }
}

#[test]
fn activation_is_finite_and_right_at_the_ends_and_at_zero() {
    for function in functions() {
        check(&case(function, &ends()));
    }
}
