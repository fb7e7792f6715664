//! The deep models that come with the program, forward and backward through the whole net, against the reference.

use ocellus::check::compare;
use ocellus::model::{Model, builtin};
use ocellus::plan::{Mode, Request};

use crate::backpropagation::weight_gradients;
use crate::interpreter::Interpreter;
use crate::plan_models::case;
use crate::plan_runner::{Runner, STEP, training};
use crate::support::{gpu, numbers, wide};

const LABELS: [u32; 4] = [2, 0, 1, 4];

/// Terms for `compare`: 1e-4 of each tensor's largest, as for small graphs in `plan`, through 20 and more layers.
const TERMS: usize = 100;

/// The model with initial weights, its normalisations away from 1 and 0 so that they matter.
fn filled(name: &str, input: [usize; 3]) -> Model {
    let model = builtin(name, input, 5).unwrap();
    let (_, model) = case(name, model);
    let normal: Vec<_> = model.weights().into_iter().filter(|(name, ..)| name.contains("norm.")).collect();
    model.initialize(3);
    for (name, _, values) in normal {
        model.set_weight(&name, values).unwrap();
    }
    model
}

fn agrees_with_the_reference(name: &str, input: [usize; 3]) {
    let Some(gpu) = gpu() else { return };
    let model = filled(name, input);
    let images: Vec<f32> = numbers(41, LABELS.len() * model.input_shape().elements());
    let request = Request { read: vec!["classes".to_owned()], ..training(LABELS.len()) };
    let runner = Runner::new(&gpu, &model, &request).unwrap();
    runner.run(&images, Some(&LABELS));
    let interpreter = Interpreter {
        model: &model,
        mode: Mode::Training,
        label_smoothing: 0.0,
        seed: STEP.seed,
        iteration: STEP.iteration,
    };
    let (weights, images) = (interpreter.weights(), wide(&images));
    let (loss, correct, logits) = interpreter.evaluate(&weights, &images, &LABELS);
    let agrees = |what: &str, actual: &[f32], expected: &[f64]| {
        compare(actual, expected, TERMS).unwrap_or_else(|error| panic!("{name}: {what}: {error}"));
    };
    let [sum, hits] = runner.metrics();
    agrees("the loss", &[sum], &[loss * LABELS.len() as f64]);
    assert_eq!(hits, correct as f32);
    agrees("the logits", &runner.read("classes"), &logits);
    let expected = weight_gradients(&interpreter, &weights, &images, &LABELS);
    let actual = runner.gradients();
    assert_eq!(actual.len(), expected.len());
    for ((weight, actual), (known, expected)) in actual.iter().zip(&expected) {
        assert_eq!(weight, known);
        assert!(expected.iter().any(|x| *x != 0.0), "{weight}");
        agrees(weight, actual, expected);
    }
}

#[test]
fn resnet20_agrees_with_the_reference_through_the_whole_net() {
    agrees_with_the_reference("resnet20", [12, 9, 3]);
}

#[test]
fn mobilenet_small_agrees_with_the_reference_through_the_whole_net() {
    agrees_with_the_reference("mobilenet-small", [12, 9, 3]);
}
