//! Dropout.

use ocellus::check::{Bench, compare};
use ocellus::ops::{Dropout, StepRecord};
use ocellus::{random, reference};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

fn check(dropout: Dropout, seed: u32, iteration: u32) {
    let Some(gpu) = gpu() else { return };
    // Without a 0, which is what marks a dropped element.
    let x: Vec<f32> = numbers(1, dropout.elements).iter().map(|x| x + 2.0).collect();
    let mut bench = Bench::new();
    bench.set_step(StepRecord { seed, iteration, ..Default::default() });
    let x_view = bench.input("x", &x);
    let (out, dx) = (bench.output("out", dropout.elements), bench.output("dx", dropout.elements));
    dropout.apply(bench.recording(), x_view, out);
    dropout.gradient(bench.recording(), x_view, dx);
    let results = block_on(bench.run(&gpu)).unwrap();
    let layer_seed = random::layer_seed(seed, dropout.layer);
    let mask = reference::dropout::mask(layer_seed, iteration, dropout.rate, dropout.elements);
    let out = results.get::<f32>(out);
    let dropped = |out: &[f32]| out.iter().map(|x| *x == 0.0).collect::<Vec<_>>();
    assert_eq!(dropped(&out), mask.iter().map(|m| *m == 0.0).collect::<Vec<_>>());
    compare(&out, &reference::dropout::forward(&mask, &wide(&x)), 1).unwrap();
    compare(&results.get::<f32>(dx), &reference::dropout::gradient(&mask, &wide(&x)), 1).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn dropout_masks_are_those_of_the_reference(
        elements in 1usize..1000,
        rate in prop::sample::select(vec![0.0f32, 0.1, 0.25, 0.5, 0.9]),
        layer in 0u32..5,
        seed: u32,
        iteration: u32,
    ) {
        check(Dropout { elements, rate, layer }, seed, iteration);
    }
}

#[test]
fn dropout_agrees_at_odd_sizes() {
    for elements in [1, 3, 7, 17, 65, 100_003] {
        check(Dropout { elements, rate: 0.5, layer: 2 }, 1, 5);
    }
}

#[test]
fn dropout_of_everything_is_zero() {
    check(Dropout { elements: 65, rate: 1.0, layer: 0 }, 1, 1);
}
