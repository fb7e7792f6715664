//! The sum of the parts of a product's sums.

use ocellus::doctor::sweep::sum_parts::case;
use ocellus::ops::SumParts;
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn sum_parts_agrees_with_the_reference(parts in 1usize..12, rows in 1usize..40, columns in 1usize..40) {
        check(&case(SumParts { parts, rows, columns }));
    }

    #[test]
    fn sum_parts_of_pooled_rows_agrees_with_the_reference(parts in 1usize..12, windows in 1usize..40, fours in 1usize..10) {
        check(&case(SumParts { parts, rows: 4 * windows, columns: 4 * fours }));
    }
}

#[test]
fn sum_parts_of_many_elements_agrees_with_the_reference() {
    for (parts, rows, columns) in [(16, 32, 64), (9, 513, 65), (3, 1000, 20), (40, 7, 132)] {
        check(&case(SumParts { parts, rows, columns }));
    }
}
