//! Batch normalization.

use ocellus::check::Bench;
use ocellus::doctor::sweep::batch_normalization::{Normalization, inference, training};
use ocellus::ops::Moments;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn batch_normalization_agrees_with_the_reference(
        rows in 1usize..300,
        channels in 1usize..40,
        scale: bool,
        shift: bool,
        input: bool,
    ) {
        let of = Normalization { scale, shift, input, ..Normalization::of_shape(rows, channels) };
        check(&training(of));
        check(&inference(of));
    }
}

#[test]
fn batch_normalization_agrees_at_odd_sizes() {
    for rows in [1, 3, 7, 17, 65] {
        for channels in [1, 3, 64, 65] {
            check(&training(Normalization::of_shape(rows, channels)));
            check(&inference(Normalization::of_shape(rows, channels)));
        }
    }
}

#[test]
fn batch_normalization_of_many_rows_is_summed_in_parts() {
    // More parts than a workgroup has invocations; then more rows than the parts have by themselves.
    for (rows, channels) in [(10_007, 3), (40_009, 17)] {
        check(&training(Normalization::of_shape(rows, channels)));
        check(&inference(Normalization::of_shape(rows, channels)));
    }
}

#[test]
fn batch_normalization_keeps_precision_far_from_zero() {
    for (rows, channels) in [(1_009, 3), (20_011, 1)] {
        check(&training(Normalization { mean: 1000.0, deviation: 1.0, ..Normalization::of_shape(rows, channels) }));
    }
}

#[test]
fn batch_normalization_of_a_constant_channel_has_variance_zero() {
    check(&training(Normalization { mean: 1234.567, deviation: 0.0, ..Normalization::of_shape(999, 3) }));
}

#[test]
fn batch_normalization_without_the_scratch_it_needs_is_reported() {
    let Some(gpu) = gpu() else { return };
    let of = Normalization::of_shape(3, 3);
    let mut bench = Bench::new();
    let x = bench.input("x", &of.x());
    let statistics = bench.input("statistics", &[1.0f32; 6]);
    let dx = bench.output("dx", 9);
    of.op().gradient(bench.recording(), x, None, Moments::Batch(statistics), x, None, Some(dx), None, None);
    let error = block_on(bench.run(&gpu)).err().unwrap().to_string();
    assert!(error.contains("nothing is bound to 'partial'"), "{error}");
}
