//! Softmax.

use ocellus::check::{Bench, compare};
use ocellus::ops::Softmax;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cancelling, cases, gpu, largest, numbers, wide};

fn check(rows: usize, classes: usize, x: &[f32]) {
    let Some(gpu) = gpu() else { return };
    let dout = numbers(2, rows * classes);
    let mut bench = Bench::new();
    let (x_view, dout_view) = (bench.input("x", x), bench.input("dout", &dout));
    let (out, dx) = (bench.output("out", rows * classes), bench.output("dx", rows * classes));
    let softmax = Softmax { rows, classes };
    softmax.forward(bench.recording(), x_view, out);
    softmax.gradient(bench.recording(), out, dout_view, dx);
    let results = block_on(bench.run(&gpu)).unwrap();
    let y = reference::softmax::forward(classes, &wide(x));
    compare(&results.get::<f32>(out), &y, classes).unwrap();
    let expected = reference::softmax::gradient(classes, &y, &wide(&dout));
    // dout and its mean cancel.
    let terms = cancelling(classes, largest(&reference::dropout::gradient(&y, &wide(&dout))), &expected);
    compare(&results.get::<f32>(dx), &expected, terms).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn softmax_agrees_with_the_reference(rows in 1usize..70, classes in 1usize..40, scale in 1u8..20) {
        let x: Vec<f32> = numbers(1, rows * classes).iter().map(|x| x * f32::from(scale)).collect();
        check(rows, classes, &x);
    }
}

#[test]
fn softmax_agrees_at_odd_sizes() {
    for (rows, classes) in [(1, 1), (3, 2), (7, 100), (17, 10), (65, 3)] {
        check(rows, classes, &numbers(1, rows * classes));
    }
}

#[test]
fn softmax_of_large_logits_does_not_overflow() {
    check(2, 3, &[1e4, -1e4, 1e4, -3e38, 0.0, 1.0]);
}

#[test]
fn softmax_of_a_nan_is_nan() {
    let Some(gpu) = gpu() else { return };
    let mut bench = Bench::new();
    let x = bench.input("x", &[1.0, f32::NAN, 2.0, 0.0, 0.0, 0.0]);
    let out = bench.output("out", 6);
    Softmax { rows: 2, classes: 3 }.forward(bench.recording(), x, out);
    let out = block_on(bench.run(&gpu)).unwrap().get::<f32>(out);
    assert!(out[..3].iter().all(|y| y.is_nan()) && out[3..].iter().all(|y| y.is_finite()), "{out:?}");
}
