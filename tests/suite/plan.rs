//! Whole plans against the interpreter: losses, outputs and gradients.

use ocellus::check::compare;
use ocellus::gpu::Gpu;
use ocellus::ops::KernelChoice;
use ocellus::plan::{Loss, Mode, Request};

use crate::interpreter::Interpreter;
use crate::plan_models::{Case, activations, graphs, layers, pooled};
use crate::plan_runner::{Runner, STEP, training};
use crate::support::{gpu, numbers, wide};

/// Images in a batch of these tests.
const BATCH: usize = 3;

/// Terms for `compare`: 1e-4 of the largest. A gradient passes through sums of some hundred summands in several layers
/// one after the other, and what cancels in them is lost.
const TERMS: usize = 100;

/// Holds that the plan's loss, output and gradients are the interpreter's.
fn check((name, model): &Case, gpu: &Gpu, label_smoothing: f32, change: impl Fn(Request) -> Request) {
    let output = model.nodes()[model.outputs()[0]].layer.name().to_owned();
    let request = Request { loss: Some(Loss { label_smoothing }), read: vec![output.clone()], ..training(BATCH) };
    let runner = Runner::new(gpu, model, &change(request)).unwrap();
    let images = numbers(40, BATCH * model.input_shape().elements());
    let labels = [2, 0, 1];
    let interpreter = Interpreter {
        model,
        mode: Mode::Training,
        label_smoothing: label_smoothing.into(),
        seed: STEP.seed,
        iteration: STEP.iteration,
    };
    let (weights, wide_images) = (interpreter.weights(), wide(&images));
    runner.run(&images, Some(&labels));

    let (loss, correct, outputs) = interpreter.evaluate(&weights, &wide_images, &labels);
    let [loss_sum, hits] = runner.metrics();
    let agrees = |what: &str, actual: &[f32], expected: &[f64]| {
        compare(actual, expected, TERMS).unwrap_or_else(|error| panic!("{name}: {what}: {error}"));
    };
    agrees("the loss", &[loss_sum], &[loss * BATCH as f64]);
    assert_eq!(hits, correct as f32, "{name}: correct answers");
    agrees("the output", &runner.read(&output), &outputs);

    let expected = interpreter.weight_gradients(&weights, &wide_images, &labels);
    let actual = runner.gradients();
    assert_eq!(actual.len(), expected.len(), "{name}");
    for ((weight, actual), (known, expected)) in actual.iter().zip(&expected) {
        assert_eq!(weight, known, "{name}");
        agrees(weight, actual, expected);
    }
}

#[test]
fn gradients_of_graphs_agree_with_finite_differences() {
    let Some(gpu) = gpu() else { return };
    for case in graphs() {
        check(&case, &gpu, 0.0, |request| request);
    }
}

#[test]
fn gradients_through_every_layer_agree_with_finite_differences() {
    let Some(gpu) = gpu() else { return };
    for case in layers() {
        check(&case, &gpu, 0.1, |request| request);
    }
}

#[test]
fn gradients_through_every_activation_agree_with_finite_differences() {
    let Some(gpu) = gpu() else { return };
    for case in activations() {
        check(&case, &gpu, 0.0, |request| request);
    }
}

#[test]
fn gradients_of_what_is_pooled_agree_with_finite_differences() {
    let Some(gpu) = gpu() else { return };
    for case in pooled() {
        for kernels in [KernelChoice::Fast.on(&gpu), KernelChoice::Block] {
            check(&case, &gpu, 0.0, |request| Request { kernels, ..request });
        }
    }
}

#[test]
fn unfused_and_naive_plans_agree_with_finite_differences() {
    let Some(gpu) = gpu() else { return };
    for case in graphs().into_iter().chain(activations()).chain(pooled()) {
        let kernels = KernelChoice::Naive;
        check(&case, &gpu, 0.0, |request| Request { fusion: false, kernels, ..request });
    }
}
