//! The length of the whole gradient.

use ocellus::check::{Bench, compare};
use ocellus::ops::GlobalNorm;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

fn check(elements: usize) {
    let Some(gpu) = gpu() else { return };
    let x = numbers(1, elements);
    let mut bench = Bench::new();
    let x_view = bench.input("x", &x);
    let scratch = bench.scratch(GlobalNorm { elements }.scratch_bytes()).unwrap();
    let out = bench.output("out", 1);
    GlobalNorm { elements }.record(bench.recording(), x_view, scratch, out);
    let out = block_on(bench.run(&gpu)).unwrap().get::<f32>(out);
    // Summands of one sign: rounding does not grow with their number as it may where they cancel.
    compare(&out, &[reference::global_norm::norm(&wide(&x))], 1).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn global_norm_agrees_with_the_reference(elements in 1usize..5000) {
        check(elements);
    }
}

#[test]
fn global_norm_agrees_at_odd_sizes() {
    // The last ones have more parts than a workgroup has invocations, and more elements than the parts by themselves.
    for elements in [1, 3, 7, 17, 65, 100_003, 1_100_003] {
        check(elements);
    }
}
