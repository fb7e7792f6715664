//! The length of the whole gradient.

use ocellus::doctor::sweep::global_norm::case;
use ocellus::ops::GlobalNorm;
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn global_norm_agrees_with_the_reference(elements in 1usize..5000) {
        check(&case(GlobalNorm { elements }));
    }
}

#[test]
fn global_norm_agrees_at_odd_sizes() {
    // The last ones have more parts than a workgroup has invocations, and more elements than the parts by themselves.
    for elements in [1, 3, 7, 17, 65, 100_003, 1_100_003] {
        check(&case(GlobalNorm { elements }));
    }
}
