//! Follows a trace: the same model, weights, images and optimizer as Keras had, through the trainer of the command
//! line.
//!
//! A trace can turn on a hair: in the lecture's, one window of the second pooling holds at step 1 two values that are
//! 9e-8 apart, six units in the last place. Where the other one wins, as it does in exact arithmetic, a gradient goes
//! to another pixel and the losses part by percents. Keras' own float32 backends fall on one side; on which the kernels
//! here do is told by the order in which they add, and by whether the device fuses multiply and add. Hence a trace may
//! also be followed from weights that are the given ones but for two units in the last place, [`STARTS`] of them. The
//! bounds are the same for all, and the losses of the first [`ALIKE`] steps, which no such window has a part in yet,
//! must be within them from every start. Where the losses parted, it was to the same ones.

use ocellus::data::{Dataset, Images};
use ocellus::gpu::Gpu;
use ocellus::model::Model;
use ocellus::train::{Callback, StepMetrics, TrainError, TrainOptions, Trainer};
use pollster::block_on;
use serde_json::Value;

use super::case::{Tensors, Values};
use super::trace_model;

/// Collects the losses.
#[derive(Default)]
struct Losses(Vec<f64>);

impl Callback for Losses {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.0.push(metrics.loss);
        Ok(())
    }
}

pub(super) fn check(gpu: &Gpu, trace: &Value, tensors: &Tensors) {
    assert_eq!(trace["input"], "images/255", "how the images go in");
    let loss = trace["loss"].as_str().expect("a loss");
    assert!(loss.contains("CategoricalCrossentropy"), "loss '{loss}' is not known");
    let optimizer = trace_model::optimizer(&trace["optimizer"]);
    let batch_size = trace["batch_size"].as_u64().expect("a batch size") as usize;
    let losses = numbers(&trace["losses"]);
    let model = trace_model::model(&trace["model"]);
    let dataset = dataset(&model, tensors);
    let label_smoothing = label_smoothing(loss);
    let options =
        TrainOptions { epochs: 1, batch_size, optimizer, shuffle: false, label_smoothing, ..TrainOptions::default() };

    // The gradients of step 0: what a training of that one step leaves.
    initialize(&model, trace, tensors);
    let first = dataset.clone().take(batch_size).unwrap();
    let mut trainer = Trainer::new(gpu, &model, &first, None, &options).unwrap();
    block_on(trainer.fit(&mut ())).unwrap();
    let gradients = block_on(trainer.gradients()).unwrap();
    assert!(!gradients.is_empty());
    for (name, actual) in gradients {
        let expected = tensors.get(&format!("step0.grad.{name}")).floats();
        assert_eq!(actual.len(), expected.len(), "{name}");
        let largest = expected.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        assert!(actual.iter().all(|value| value.is_finite()), "gradient of {name}");
        let worst = actual.iter().zip(expected).fold(0.0_f32, |worst, (a, e)| worst.max((a - e).abs()));
        println!("step 0, gradient of {name}: off by {:.1e} of its largest entry", worst / largest);
        assert!(worst <= 1e-4 * largest, "gradient of {name}: off by {worst}, largest {largest}");
    }

    let mut partings = Vec::new();
    let followed = (0..STARTS).any(|start| {
        initialize(&model, trace, tensors);
        nudge(&model, start);
        let mut trainer = Trainer::new(gpu, &model, &dataset, None, &options).unwrap();
        let mut actual = Losses::default();
        block_on(trainer.fit(&mut actual)).unwrap();
        let parts = part(&actual.0, &losses);
        assert!(parts.as_ref().is_none_or(|(step, _)| *step >= ALIKE), "start {start}: {parts:?}");
        let parting = parts.map(|(_, how)| how).or_else(|| ends_elsewhere(&model, trace, tensors));
        println!("start {start}: {}", parting.as_deref().unwrap_or("followed to the end"));
        partings.extend(parting.clone());
        parting.is_none()
    });
    assert!(followed, "from no start is the trace followed:\n{}", partings.join("\n"));
}

/// Weights to begin with, of which the first are Keras' own.
const STARTS: u32 = 12;

/// Steps from the first on whose losses are alike from every start.
const ALIKE: usize = 2;

/// At which step the losses part from Keras', and how, if they do.
fn part(losses: &[f64], expected: &[f64]) -> Option<(usize, String)> {
    assert_eq!(losses.len(), expected.len());
    for (step, (actual, expected)) in losses.iter().zip(expected).enumerate() {
        println!("step {step}: loss {actual:.7}, Keras {expected:.7}, off by {:.1e}", (actual / expected - 1.0).abs());
    }
    let follows = |(actual, expected): (&f64, &f64)| (actual - expected).abs() <= 1e-4 * expected.abs();
    let step = losses.iter().zip(expected).position(|pair| !follows(pair))?;
    Some((step, format!("loss of step {step}: {}, Keras {}", losses[step], expected[step])))
}

/// Which weights end elsewhere than Keras', if some do.
fn ends_elsewhere(model: &Model, trace: &Value, tensors: &Tensors) -> Option<String> {
    let mut compared = 0;
    let mut elsewhere = None;
    for (name, _, actual) in model.weights() {
        let Some(expected) = tensors.find(&format!("final.{name}")) else { continue };
        let before = tensors.get(&format!("init.{name}")).floats();
        let (off, way) = (distance(&actual, expected.floats()), distance(expected.floats(), before));
        println!("{name}: off by {:.1e} of its way", off / way);
        // Not a number is no number within.
        let within = off <= 0.005 * way;
        if !within {
            elsewhere.get_or_insert(format!("{name}: off by {off} after a way of {way}"));
        }
        compared += 1;
    }
    assert!(compared >= variables(trace).len(), "every variable that Keras lists is compared");
    elsewhere
}

/// Moves every weight by at most two units in the last place, up or down, as the number of the start and its place tell;
/// none for start 0.
fn nudge(model: &Model, start: u32) {
    for (name, _, mut values) in model.weights() {
        for (place, value) in values.iter_mut().enumerate().filter(|(_, value)| start > 0 && **value != 0.0) {
            let mixed = (place as u32 ^ start.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
            *value = f32::from_bits(value.to_bits() + (mixed >> 16) % 5 - 2);
        }
        model.set_weight(&name, values).unwrap();
    }
}

/// The names of the variables whose values Keras wrote down.
fn variables(trace: &Value) -> Vec<&str> {
    trace["variables"].as_array().expect("variables").iter().filter_map(Value::as_str).collect()
}

/// Gives the model the weights that Keras began with; moving statistics that it does not list begin as in Keras.
fn initialize(model: &Model, trace: &Value, tensors: &Tensors) {
    model.initialize(0);
    for (name, ..) in model.weights() {
        match tensors.find(&format!("init.{name}")) {
            Some(values) => model.set_weight(&name, values.floats().to_vec()).unwrap(),
            None => assert!(name.contains(".moving_"), "Keras has no initial '{name}'"),
        }
    }
    let weights = model.weights();
    for variable in variables(trace) {
        assert!(weights.iter().any(|(name, ..)| name == variable), "the model has no '{variable}'");
    }
}

/// The number after `label_smoothing=` in the loss' description; 0 where it says none.
fn label_smoothing(loss: &str) -> f64 {
    let Some((_, rest)) = loss.split_once("label_smoothing=") else { return 0.0 };
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse().expect("label smoothing is a number")
}

fn dataset(model: &Model, tensors: &Tensors) -> Dataset {
    let images = tensors.get("images");
    let Values::Pixels(pixels) = &images.values else { panic!("images are bytes") };
    let shape = [images.shape[1], images.shape[2], *images.shape.get(3).unwrap_or(&1)];
    let classes = model.output_shape().channels();
    let names = (0..classes).map(|class| class.to_string()).collect();
    let labels = tensors.get("labels").labels().to_vec();
    Dataset::from_memory(Images::new(shape, pixels.clone()).unwrap(), labels, names).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("numbers").iter().filter_map(Value::as_f64).collect()
}

/// The Euclidean distance.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}
