//! Batch normalization in the weights of the layer before it.

use ocellus::doctor::sweep::folded_normalization::case;
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn folded_weights_agree_with_the_reference(terms in 1usize..40, channels in 1usize..40, given in any::<[bool; 3]>()) {
        check(&case(terms, channels, given));
    }
}
