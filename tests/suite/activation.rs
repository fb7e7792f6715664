//! Activation functions.

use ocellus::check::{Bench, compare};
use ocellus::ops::{Activate, Activation};
use ocellus::reference::activation::{self, Function};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cancelling, cases, gpu, largest, numbers, wide};

/// Every function, with its parameter on either side of 0: below it the gradient cannot be told from the output.
fn functions() -> Vec<(Activation, Function)> {
    let mut functions = vec![
        (Activation::Linear, Function::Linear),
        (Activation::Relu, Function::Relu),
        (Activation::Gelu, Function::Gelu),
        (Activation::GeluTanh, Function::GeluTanh),
        (Activation::Silu, Function::Silu),
        (Activation::Sigmoid, Function::Sigmoid),
        (Activation::Tanh, Function::Tanh),
    ];
    for parameter in [0.0, 0.25, 1.0, -0.5] {
        functions.extend([
            (
                Activation::LeakyRelu { negative_slope: parameter },
                Function::LeakyRelu { negative_slope: parameter.into() },
            ),
            (Activation::Elu { alpha: parameter }, Function::Elu { alpha: parameter.into() }),
        ]);
    }
    functions
}

fn check(function: Activation, twin: Function, x: &[f32]) {
    let Some(gpu) = gpu() else { return };
    let (elements, dout) = (x.len(), numbers(7, x.len()));
    let activate = Activate { function, elements };
    let mut bench = Bench::new();
    let (x_view, dout_view) = (bench.input("x", x), bench.input("dout", &dout));
    let (out, dx) = (bench.output("out", elements), bench.output("dx", elements));
    activate.forward(bench.recording(), x_view, out);
    let saved = if function.gradient_from_output() { out } else { x_view };
    activate.gradient(bench.recording(), saved, dout_view, dx);
    let results = block_on(bench.run(&gpu)).unwrap();
    compare(&results.get::<f32>(out), &activation::forward(twin, &wide(x)), 1)
        .unwrap_or_else(|error| panic!("{function:?}: {error}"));
    let expected = activation::gradient(twin, &wide(x), &wide(&dout));
    // Where the function saturates, its slope is what is left of 1: 1 - y or 1 - y^2.
    let terms = cancelling(1, largest(&wide(&dout)), &expected);
    compare(&results.get::<f32>(dx), &expected, terms)
        .unwrap_or_else(|error| panic!("gradient of {function:?}: {error}"));
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn activation_agrees_with_the_reference(elements in 1usize..300, scale in prop::sample::select(vec![0.1f32, 1.0, 3.0, 30.0])) {
        // One element at the end of the range: what is rounded like 1 is not measured by less.
        let mut x: Vec<f32> = numbers(1, elements).iter().map(|x| x * scale).collect();
        x[0] = scale;
        for (function, twin) in functions() {
            check(function, twin, &x);
        }
    }
}

#[test]
fn activation_is_finite_and_right_at_the_ends_and_at_zero() {
    let x =
        [0.0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 0.25, -0.25, -0.2501, 1.0, -1.0, 9.9, 10.1, -9.9, -10.1, 30.0, -30.0];
    for (function, twin) in functions() {
        check(function, twin, &x);
    }
}
