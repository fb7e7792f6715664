//! Softmax.

use ocellus::check::Bench;
use ocellus::doctor::sweep::softmax::case;
use ocellus::ops::Softmax;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu, numbers};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn softmax_agrees_with_the_reference(rows in 1usize..70, classes in 1usize..40, scale in 1u8..20) {
        let x: Vec<f32> = numbers(1, rows * classes).iter().map(|x| x * f32::from(scale)).collect();
        check(&case(classes, &x));
    }
}

#[test]
fn softmax_agrees_at_odd_sizes() {
    for (rows, classes) in [(1, 1), (3, 2), (7, 100), (17, 10), (65, 3)] {
        check(&case(classes, &numbers(1, rows * classes)));
    }
}

#[test]
fn softmax_of_large_logits_does_not_overflow() {
    check(&case(3, &[1e4, -1e4, 1e4, -3e38, 0.0, 1.0]));
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
