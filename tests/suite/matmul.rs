//! matmul's three products, each with every choice of kernels, against the reference.

use ocellus::doctor::sweep::matmul::{case, divisions};
use ocellus::ops::{KernelChoice, Matmul};
use proptest::prelude::*;

use crate::support::{cases, check, gpu};

/// Compares all products by all choices with the reference.
fn check_all(op: Matmul, has_bias: bool) {
    let Some(gpu) = gpu() else { return };
    // Where the device cannot run subgroup kernels, they are the blocked ones again.
    let choices = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Tile, KernelChoice::Subgroup];
    let choices = choices.map(|choice| choice.on(&gpu));
    check(&case(op, has_bias, &choices));
}

fn extent() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 3, 7, 17, 4, 8, 12, 33, 64, 65, 128, 131])
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn matmul_agrees_with_the_reference(rows in extent(), terms in extent(), columns in extent(), has_bias: bool) {
        check_all(Matmul { rows, terms, columns }, has_bias);
    }
}

#[test]
fn matmul_agrees_with_the_reference_for_a_thousand_terms() {
    check_all(Matmul { rows: 32, terms: 1024, columns: 64 }, true);
}

#[test]
fn matmul_agrees_with_the_reference_for_any_division_of_the_rows() {
    for (op, has_bias) in divisions() {
        check_all(op, has_bias);
    }
}
