//! matmul's three products, each with every choice of kernels, against the reference.

use ocellus::check::{Bench, compare};
use ocellus::ops::{Activation, KernelChoice, Matmul};
use ocellus::reference::{self, activation::Function};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

fn check(op: Matmul, has_bias: bool) {
    let Some(gpu) = gpu() else { return };
    let Matmul { rows: m, terms: k, columns: n } = op;
    let (a, b, bias, dout) = (numbers(1, m * k), numbers(2, k * n), numbers(3, n), numbers(4, m * n));
    let mut linear = reference::matmul::forward(m, k, n, &wide(&a), &wide(&b));
    if has_bias {
        linear = reference::bias::forward(n, &linear, &wide(&bias));
    }
    let expected_out = reference::activation::forward(Function::Relu, &linear);
    let expected_da = reference::matmul::gradient_of_a(m, k, n, &wide(&dout), &wide(&b));
    let expected_db = reference::matmul::gradient_of_b(m, k, n, &wide(&a), &wide(&dout));
    let choices = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Subgroup];
    // Where the device cannot run subgroup kernels, they are the blocked ones again.
    for choice in choices.map(|choice| choice.on(&gpu)) {
        let mut bench = Bench::new();
        let [a, b, bias, dout] =
            [("a", &a), ("b", &b), ("bias", &bias), ("dout", &dout)].map(|(name, values)| bench.input(name, values));
        let [out, da, db] =
            [("out", m * n), ("da", m * k), ("db", k * n)].map(|(name, elements)| bench.output(name, elements));
        let scratch = bench.scratch(op.gradient_of_b_scratch_bytes(choice));
        let recording = bench.recording();
        op.forward(recording, choice, a, b, has_bias.then_some(bias), Activation::Relu, out);
        op.gradient_of_a(recording, choice, dout, b, da);
        op.gradient_of_b(recording, choice, a, dout, scratch, db);
        let results = block_on(bench.run(&gpu)).unwrap_or_else(|error| panic!("{choice:?} {op:?}: {error}"));
        for (name, view, expected, terms) in
            [("forward", out, &expected_out, k + 1), ("da", da, &expected_da, n), ("db", db, &expected_db, m)]
        {
            compare(&results.get::<f32>(view), expected, terms)
                .unwrap_or_else(|error| panic!("{choice:?} {name} of {op:?}: {error}"));
        }
    }
}

fn extent() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 3, 7, 17, 4, 8, 12, 33, 64, 65, 128])
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn matmul_agrees_with_the_reference(rows in extent(), terms in extent(), columns in extent(), has_bias: bool) {
        check(Matmul { rows, terms, columns }, has_bias);
    }
}

#[test]
fn matmul_agrees_with_the_reference_for_a_thousand_terms() {
    check(Matmul { rows: 32, terms: 1024, columns: 64 }, true);
}

#[test]
fn matmul_agrees_with_the_reference_for_any_division_of_the_rows() {
    // Even blocks, a prime number of rows, rows that make one wide picture, and a sum over rows in parts.
    for (rows, terms, columns) in [(96, 20, 36), (37, 16, 16), (74, 48, 20), (1, 64, 128), (1200, 16, 32)] {
        check(Matmul { rows, terms, columns }, true);
    }
}
