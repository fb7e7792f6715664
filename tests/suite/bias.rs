//! Bias and the sum of rows.

use ocellus::doctor::sweep::{bias, sum_rows};
use ocellus::ops::{Bias, SumRows};
use proptest::prelude::*;

use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn bias_agrees_with_the_reference(rows in 1usize..70, channels in 1usize..40) {
        check(&bias::case(Bias { rows, channels }));
    }
}

#[test]
fn bias_gradient_of_many_rows_is_summed_in_parts() {
    let op = SumRows { rows: 10_007, columns: 3 };
    assert!(op.scratch_bytes() > 0);
    check(&sum_rows::case(op));
}
