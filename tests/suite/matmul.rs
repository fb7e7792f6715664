//! matmul's three products, each with every choice of kernels, against the reference.

use ocellus::doctor::sweep::matmul::case;
use ocellus::ops::{KernelChoice, Matmul};
use proptest::prelude::*;

use crate::support::{cases, check};

const CHOICES: [KernelChoice; 2] = [KernelChoice::Naive, KernelChoice::Block];

fn extent() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 3, 7, 17, 4, 8, 12, 33, 64, 65, 128])
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn matmul_agrees_with_the_reference(rows in extent(), terms in extent(), columns in extent(), has_bias: bool) {
        check(&case(Matmul { rows, terms, columns }, has_bias, &CHOICES));
    }
}

#[test]
fn matmul_agrees_with_the_reference_for_a_thousand_terms() {
    check(&case(Matmul { rows: 32, terms: 1024, columns: 64 }, true, &CHOICES));
}
