//! What can be asked of a plan beside the loss: inner layers' outputs, and gradients of them.

use std::collections::HashSet;

use ocellus::check::compare;
use ocellus::model::{LayerKind, Model, lecture};
use ocellus::ops::KernelChoice;
use ocellus::plan::{Mode, PlanError, Request, Wanted, WeightLayout, compile};

use crate::interpreter::Interpreter;
use crate::plan_models::{activations, graphs, layers, normalized, pooled};
use crate::plan_runner::{Runner, STEP, training};
use crate::support::{gpu, numbers, wide};

const BATCH: usize = 3;
const LABELS: [u32; BATCH] = [2, 0, 1];

/// Terms for `compare`, as in `plan`.
const TERMS: usize = 100;

fn interpreter(model: &Model, mode: Mode) -> Interpreter<'_> {
    Interpreter { model, mode, label_smoothing: 0.0, seed: STEP.seed, iteration: STEP.iteration }
}

fn images(model: &Model) -> Vec<f32> {
    numbers(40, BATCH * model.input_shape().elements())
}

/// Every layer's name, once, with the node of its first use.
fn first_uses(model: &Model) -> Vec<(String, usize)> {
    let mut seen = HashSet::new();
    let names = model.nodes().iter().enumerate().map(|(place, node)| (node.layer.name().to_owned(), place));
    names.filter(|(name, _)| seen.insert(name.clone())).collect()
}

fn gradient_bits(runner: &Runner<'_>) -> Vec<(String, Vec<u32>)> {
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
    runner.gradients().into_iter().map(|(name, values)| (name, bits(values))).collect()
}

#[test]
fn every_layers_output_can_be_read_while_training_and_training_stays_the_same() {
    let Some(gpu) = gpu() else { return };
    for (name, model) in graphs().into_iter().chain(layers()).chain(pooled()) {
        let images = images(&model);
        let uses = first_uses(&model);
        let plain = Runner::new(&gpu, &model, &training(BATCH)).unwrap();
        plain.run(&images, Some(&LABELS));
        let read = uses.iter().map(|(name, _)| name.clone()).collect();
        let reading = Runner::new(&gpu, &model, &Request { read, ..training(BATCH) }).unwrap();
        reading.run(&images, Some(&LABELS));
        // To rounding: what is read does not run as one with what follows it.
        for ((weight, plain), (_, reading)) in plain.gradients().iter().zip(&reading.gradients()) {
            let agreement = compare(reading, &wide(plain), TERMS);
            agreement.unwrap_or_else(|error| panic!("{name}: {weight}: {error}"));
        }
        compare(&reading.metrics(), &wide(&plain.metrics()), TERMS).unwrap_or_else(|error| panic!("{name}: {error}"));

        let interpreter = interpreter(&model, Mode::Training);
        let outputs = interpreter.outputs(&interpreter.weights(), &wide(&images));
        for (layer, place) in uses {
            let agreement = compare(&reading.read(&layer), &outputs[place], TERMS);
            agreement.unwrap_or_else(|error| panic!("{name}: {layer}: {error}"));
        }
    }
}

#[test]
fn gradients_of_inner_layers_follow_from_a_seed_on_the_output() {
    let Some(gpu) = gpu() else { return };
    // A ReLU after a ReLU sits at its kink, where finite differences tell nothing, and so does a maximum of zeros.
    let smooth = activations().into_iter().chain(pooled()).filter(|(name, _)| !name.starts_with("relu"));
    for (name, model) in graphs().into_iter().chain(layers()).chain(smooth) {
        let (images, seed) = (images(&model), numbers(50, BATCH * model.output_shape().elements()));
        let uses = first_uses(&model);
        let gradients = Wanted { weights: false, layers: uses.iter().map(|(name, _)| name.clone()).collect() };
        let request = Request { loss: None, gradients, mode: Mode::Inference, ..training(BATCH) };
        let runner = Runner::new(&gpu, &model, &request).unwrap();
        runner.seed(&seed);
        runner.run(&images, None);
        let interpreter = interpreter(&model, Mode::Inference);
        let (weights, seed) = (interpreter.weights(), wide(&seed));
        let score = |output: &[f64]| output.iter().zip(&seed).map(|(y, d)| y * d).sum();
        for (layer, place) in uses {
            let expected = interpreter.node_gradient(&weights, &wide(&images), place, score);
            let agreement = compare(&runner.read(&format!("gradient of {layer}")), &expected, TERMS);
            agreement.unwrap_or_else(|error| panic!("{name}: {layer}: {error}"));
        }
    }
}

#[test]
fn gradients_of_inner_layers_follow_from_the_loss_beside_those_of_weights() {
    let Some(gpu) = gpu() else { return };
    for (name, model) in graphs() {
        let images = images(&model);
        let uses = first_uses(&model);
        let plain = Runner::new(&gpu, &model, &training(BATCH)).unwrap();
        plain.run(&images, Some(&LABELS));
        let gradients = Wanted { weights: true, layers: uses.iter().map(|(name, _)| name.clone()).collect() };
        let runner = Runner::new(&gpu, &model, &Request { gradients, ..training(BATCH) }).unwrap();
        runner.run(&images, Some(&LABELS));
        assert_eq!(gradient_bits(&plain), gradient_bits(&runner), "{name}");
        let interpreter = interpreter(&model, Mode::Training);
        let weights = interpreter.weights();
        for (layer, place) in uses {
            let score = |output: &[f64]| interpreter.metrics(output, &LABELS).0;
            let expected = interpreter.node_gradient(&weights, &wide(&images), place, score);
            let agreement = compare(&runner.read(&format!("gradient of {layer}")), &expected, TERMS);
            agreement.unwrap_or_else(|error| panic!("{name}: {layer}: {error}"));
        }
    }
}

#[test]
fn the_gradient_of_one_inner_layer_is_its_own_whatever_runs_as_one_around_it() {
    let Some(gpu) = gpu() else { return };
    let names = ["two in a row", "pooling of a pooling", "windows that overlap", "a depthwise convolution before it"];
    for (name, model) in pooled().into_iter().filter(|(name, _)| names.contains(&name.as_str())) {
        let images = images(&model);
        let interpreter = interpreter(&model, Mode::Training);
        let weights = interpreter.weights();
        let score = |output: &[f64]| interpreter.metrics(output, &LABELS).0;
        for (layer, place) in first_uses(&model) {
            let gradients = Wanted { weights: true, layers: vec![layer.clone()] };
            let runner = Runner::new(&gpu, &model, &Request { gradients, ..training(BATCH) }).unwrap();
            runner.run(&images, Some(&LABELS));
            let expected = interpreter.node_gradient(&weights, &wide(&images), place, score);
            let agreement = compare(&runner.read(&format!("gradient of {layer}")), &expected, TERMS);
            agreement.unwrap_or_else(|error| panic!("{name}: {layer}: {error}"));
        }
    }
}

#[test]
fn the_gradient_of_probabilities_is_refused_where_the_loss_takes_logits() {
    let Some(gpu) = gpu() else { return };
    let ends_in_softmax = layers().into_iter().filter(|(name, _)| name.ends_with("at the end"));
    let mut count = 0;
    for (_, model) in ends_in_softmax {
        count += 1;
        let last = model.nodes()[model.outputs()[0]].layer.name().to_owned();
        let gradients = Wanted { weights: true, layers: vec![last.clone()] };
        let error = Runner::new(&gpu, &model, &Request { gradients, ..training(BATCH) }).err().unwrap();
        assert!(matches!(&error, PlanError::Probabilities { layer } if *layer == last), "{error}");
    }
    assert_eq!(count, 2);
}

#[test]
fn requests_that_cannot_be_met_say_why() {
    let Some(gpu) = gpu() else { return };
    let (_, model) = graphs().swap_remove(0);
    let refuse = |request: Request| Runner::new(&gpu, &model, &request).err().unwrap().to_string();
    let error = refuse(Request { read: vec!["conv9".to_owned()], ..training(BATCH) });
    assert!(error.contains("'conv9'") && error.contains("conv2d_1"), "{error}");
    let error = refuse(Request { loss: None, ..training(BATCH) });
    assert!(error.contains("a loss or a seed"), "{error}");
    let error = refuse(training(0));
    assert!(error.contains("batch size is 0"), "{error}");
}

#[test]
fn a_tensor_beyond_the_binding_limit_names_its_layer_and_the_batch_that_would_do() {
    let Some(gpu) = gpu() else { return };
    // Its largest tensors are the convolutions': 6 x 5 x 3 elements, 360 bytes a picture.
    let (_, model) = graphs().swap_remove(0);
    let plan = |batch_size, max_binding_bytes| {
        let request = Request { max_binding_bytes, ..training(batch_size) };
        Runner::new(&gpu, &model, &request).map(|_| ())
    };
    let error = plan(9, 2048).unwrap_err().to_string();
    assert!(error.contains("'conv2d") && error.contains("batch size 9") && error.contains("at most 5"), "{error}");
    assert!(plan(5, 2048).is_ok());
    assert!(plan(6, 2048).is_err());
    let error = plan(1, 300).unwrap_err().to_string();
    assert!(error.contains("not even a batch of 1"), "{error}");
    let error = plan(usize::MAX / 2, 1 << 27).unwrap_err().to_string();
    assert!(error.contains(&format!("at most {}", (1 << 27) / 360)), "{error}");
}

#[test]
fn an_inference_does_normalizations_and_activations_in_the_layer_before() {
    let Some(gpu) = gpu() else { return };
    for ((name, model), left) in normalized() {
        let images = images(&model);
        let (weights, expected) = (Interpreter::inference(&model).weights(), wide(&images));
        let (_, _, expected) = Interpreter::inference(&model).evaluate(&weights, &expected, &[0; BATCH]);
        for fusion in [true, false] {
            let request = Request { fusion, ..Request::prediction(BATCH, 1 << 27) };
            let runner = Runner::new(&gpu, &model, &request).unwrap();
            runner.run(&images, None);
            compare(&runner.read(Request::OUTPUT), &expected, TERMS).unwrap_or_else(|error| panic!("{name}: {error}"));
            let compiled = compile(&model, &WeightLayout::new(&model), &request).unwrap();
            let own = ["batch normalization: forward", "activation: forward"];
            let commands = compiled.recording().commands().iter();
            let count = commands.filter(|command| own.contains(&command.label.as_str())).count();
            assert!(if fusion { count == left } else { count > 0 }, "{name}: {count} passes, fusion {fusion}");
        }
        let failed_kernels = vec!["folded_normalization/forward".to_owned()];
        let request = Request { failed_kernels, ..Request::prediction(BATCH, 1 << 27) };
        let compiled = compile(&model, &WeightLayout::new(&model), &request).unwrap();
        let mut kernels = compiled.recording().commands().iter().map(|command| command.kernel.name());
        assert!(kernels.all(|kernel| kernel != "folded_normalization/forward"), "{name}");
        // What is asked for is there, as it is without fusion.
        for layer in model.layers().iter().filter(|layer| !matches!(layer.kind(), LayerKind::Input(_))) {
            let read = |fusion: bool| {
                let read = vec![layer.name().to_owned()];
                let request = Request { fusion, read, ..Request::prediction(BATCH, 1 << 27) };
                let runner = Runner::new(&gpu, &model, &request).unwrap();
                runner.run(&images, None);
                runner.read(layer.name())
            };
            compare(&read(true), &wide(&read(false)), TERMS).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn a_gradient_goes_through_an_activation_in_the_kernel_that_brings_it_there() {
    let count = |model: &Model, fusion: bool, layers: &[&str]| {
        let layers = layers.iter().map(|name| (*name).to_owned()).collect();
        let request = Request { fusion, gradients: Wanted { weights: true, layers }, ..training(BATCH) };
        let compiled = compile(model, &WeightLayout::new(model), &request).unwrap();
        let commands = compiled.recording().commands().iter();
        commands.filter(|command| command.label == "activation: gradient").count()
    };
    let lecture = lecture([32, 32, 3], 10).unwrap();
    assert_eq!(count(&lecture, false, &[]), 4);
    // Behind poolings, a flattening and a dense layer.
    assert_eq!(count(&lecture, true, &[]), 0);
    // That gradient is asked for, so it stands by itself.
    assert_eq!(count(&lecture, true, &["conv2d_1"]), 1);
    assert_eq!(count(&lecture, true, &["conv2d_2"]), 1);
    // What an end leaves to be recorded counts as its own layer's, and the pooling's gradient as the pooling's.
    let request = Request { kernels: KernelChoice::Naive, ..training(BATCH) };
    let compiled = compile(&lecture, &WeightLayout::new(&lecture), &request).unwrap();
    let scopes = |label: &str| {
        let commands = compiled.recording().commands().iter().filter(|command| command.label.starts_with(label));
        commands.map(|command| command.scope.clone()).collect::<Vec<_>>()
    };
    assert_eq!(scopes("max_pooling2d: gradient"), ["max_pooling2d_1", "max_pooling2d"]);
    let mut biases = scopes("bias: ");
    biases.dedup();
    assert_eq!(biases, ["dense_1", "dense", "conv2d_2", "conv2d_1", "conv2d"]);
    let graphs = graphs();
    let model = |name: &str| &graphs.iter().find(|(graph, _)| graph == name).unwrap().1;
    // Gradients from two sides meet before they go through the activation.
    assert_eq!(count(model("a residual sum"), true, &[]), 1);
    // The last one's is brought by the classifier.
    assert_eq!(count(model("a layer used three times"), true, &[]), 0);
}

#[test]
fn neither_the_kind_of_kernels_nor_a_failed_gradient_changes_the_lectures_passes() {
    let model = lecture([32, 32, 3], 10).unwrap();
    let passes = |kernels, failed: &[&str]| {
        let failed_kernels = failed.iter().map(|name| (*name).to_owned()).collect();
        let request = Request { kernels, failed_kernels, ..training(32) };
        compile(&model, &WeightLayout::new(&model), &request).unwrap().passes().to_vec()
    };
    let expected = passes(KernelChoice::Tile, &[]);
    let pooled = expected.iter().filter(|pass| pass.to_string().contains("pooling")).count();
    assert_eq!(pooled, 5, "two forward passes, two gradients of kernels, one of an input: {expected:?}");
    for kernels in [KernelChoice::Block, KernelChoice::Subgroup] {
        assert_eq!(passes(kernels, &[]), expected, "{kernels:?}");
    }
    let gradients = ["conv2d/gradient_of_input.tile.pooled", "conv2d/gradient_of_kernel.tile.pooled"];
    for failed in gradients {
        assert_eq!(passes(KernelChoice::Tile, &[failed]), expected, "without {failed}");
    }
}
