//! Bias and the sum of rows.

use ocellus::check::{Bench, compare};
use ocellus::ops::Bias;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

fn check_forward(rows: usize, channels: usize) {
    let Some(gpu) = gpu() else { return };
    let (x, bias) = (numbers(1, rows * channels), numbers(2, channels));
    let mut bench = Bench::new();
    let (x_view, bias_view) = (bench.input("x", &x), bench.input("bias", &bias));
    let out = bench.output("out", rows * channels);
    Bias { rows, channels }.forward(bench.recording(), x_view, bias_view, out);
    let results = block_on(bench.run(&gpu)).unwrap();
    compare(&results.get::<f32>(out), &reference::bias::forward(channels, &wide(&x), &wide(&bias)), 2).unwrap();
}

fn check_gradient(rows: usize, channels: usize) {
    let Some(gpu) = gpu() else { return };
    let dout = numbers(3, rows * channels);
    let mut bench = Bench::new();
    let dout_view = bench.input("dout", &dout);
    let dbias = bench.output("dbias", channels);
    let sum = Bias { rows, channels }.gradient();
    let scratch = bench.scratch(sum.scratch_bytes());
    sum.record(bench.recording(), "bias", dout_view, scratch, dbias);
    let results = block_on(bench.run(&gpu)).unwrap();
    compare(&results.get::<f32>(dbias), &reference::bias::gradient(channels, &wide(&dout)), rows).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn bias_agrees_with_the_reference(rows in 1usize..70, channels in 1usize..40) {
        check_forward(rows, channels);
        check_gradient(rows, channels);
    }
}

#[test]
fn bias_gradient_of_many_rows_is_summed_in_parts() {
    check_gradient(10_007, 3);
}
