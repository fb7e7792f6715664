//! The sum of tensors of one shape.

use ocellus::doctor::sweep::add::case;
use ocellus::ops::Add;
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn add_agrees_with_the_reference(elements in 1usize..300) {
        check(&case(Add { elements }));
    }
}
