//! Training: what it depends on and what it does not.

use ocellus::data::Dataset;
use ocellus::gpu::Gpu;
use ocellus::model::{Builtin, Model};
use ocellus::ops::KernelChoice;
use ocellus::train::{Blocking, Callback, Optimizer, StepMetrics, TrainError, TrainOptions, Trainer, TrainingPlan};

use crate::support::{gpu, wide};
use crate::train_models::{noisy, pictures, plain, residual, without_weights};

/// Every metric that comes by.
#[derive(Default)]
struct Metrics(Vec<StepMetrics>);

impl Callback for Metrics {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.0.push(metrics);
        Ok(())
    }
}

/// A training's weights in the end, and its metrics.
fn train(gpu: &Gpu, model: &Model, data: &Dataset, options: &TrainOptions) -> (Vec<Vec<f32>>, Vec<StepMetrics>) {
    let mut metrics = Metrics::default();
    let mut trainer = Trainer::new(gpu, model, data, None, options).unwrap();
    Blocking::fit(&mut trainer, &mut metrics).unwrap();
    (model.weights().into_iter().map(|(.., values)| values).collect(), metrics.0)
}

fn bits(weights: &[Vec<f32>]) -> Vec<Vec<u32>> {
    weights.iter().map(|values| values.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn one_seed_gives_the_same_bits_and_another_does_not() {
    let Some(gpu) = gpu() else { return };
    let shape = [10, 9, 3];
    let data = pictures(1, shape, 4, 103);
    let options = TrainOptions { epochs: 2, batch_size: 8, seed: 5, ..TrainOptions::default() };
    let run = |seed| train(&gpu, &noisy(shape, 4), &data, &TrainOptions { seed, ..options });
    let (first, second, other) = (run(5), run(5), run(6));
    assert_eq!(first.1.len(), 2 * 13);
    assert_eq!(bits(&first.0), bits(&second.0));
    assert_eq!(first.1, second.1);
    assert_ne!(bits(&first.0), bits(&other.0));
    assert!(first.0.iter().flatten().all(|x| x.is_finite()));
}

/// Holds that two trainings of 20 steps end within 1e-4 of each weight's largest entry.
fn same_weights(gpu: &Gpu, model: impl Fn() -> Model, options: TrainOptions, other: TrainOptions) {
    let (a, b) = (model(), model());
    let (shape, classes) = (a.input_shape().picture().unwrap(), a.output_shape().elements());
    let data = pictures(3, shape, classes, 160);
    let (first, second) = (train(gpu, &a, &data, &options).0, train(gpu, &b, &data, &other).0);
    for ((name, ..), (first, second)) in a.weights().into_iter().zip(first.iter().zip(&second)) {
        let largest = wide(first).iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        for (x, y) in first.iter().zip(second) {
            let difference = f64::from((x - y).abs());
            assert!(difference <= 1e-4 * largest, "{name}: {x} and {y}, the largest is {largest}");
        }
    }
    assert_ne!(bits(&first), bits(&model().weights().into_iter().map(|(.., x)| x).collect::<Vec<_>>()));
}

/// 20 steps. Stochastic gradient descent follows the gradients' size; Adam, which divides by it, would blow up the
/// rounding of gradients that are almost 0.
fn twenty_steps() -> TrainOptions {
    let optimizer = Optimizer { learning_rate: 0.05, ..Optimizer::sgd() };
    TrainOptions { epochs: 1, batch_size: 8, optimizer, ..TrainOptions::default() }
}

fn lecture() -> Model {
    let model = Builtin::Lecture.build([32, 32, 3], 10).unwrap();
    model.initialize(3);
    model
}

#[test]
fn the_fused_and_the_unfused_plan_train_to_the_same_weights() {
    let Some(gpu) = gpu() else { return };
    let unfused = TrainOptions { fusion: false, ..twenty_steps() };
    same_weights(&gpu, || plain([10, 9, 3], 4), twenty_steps(), unfused);
    same_weights(&gpu, || noisy([10, 9, 3], 4), twenty_steps(), unfused);
    same_weights(&gpu, || residual([10, 9, 3], 4), twenty_steps(), unfused);
    same_weights(&gpu, lecture, twenty_steps(), unfused);
    // It is not one plan twice.
    let commands = |options: &TrainOptions| {
        let data = pictures(3, [10, 9, 3], 4, 8);
        let plan = TrainingPlan::new(&gpu, &residual([10, 9, 3], 4), &data, None, options).unwrap();
        plan.recordings().iter().map(|recording| recording.commands().len()).sum::<usize>()
    };
    assert!(commands(&unfused) > commands(&twenty_steps()));
}

#[test]
fn the_naive_and_the_fast_kernels_train_to_the_same_weights() {
    let Some(gpu) = gpu() else { return };
    let naive = TrainOptions { kernels: KernelChoice::Naive, ..twenty_steps() };
    same_weights(&gpu, || plain([10, 9, 3], 4), twenty_steps(), naive);
    same_weights(&gpu, || noisy([10, 9, 3], 4), twenty_steps(), naive);
    // Wide enough for tiles.
    let tile = TrainOptions { kernels: KernelChoice::Tile, ..twenty_steps() };
    same_weights(&gpu, lecture, twenty_steps(), tile);
}

#[test]
fn a_model_without_weights_trains_to_nothing() {
    let Some(gpu) = gpu() else { return };
    let (weights, metrics) = train(&gpu, &without_weights([3, 3, 3]), &pictures(1, [3, 3, 3], 4, 10), &twenty_steps());
    assert_eq!((weights.len(), metrics.len()), (0, 2));
    assert!(metrics.iter().all(|metrics| metrics.loss.is_finite()));
}

#[test]
fn a_step_gathers_runs_forward_and_backward_and_updates_on_the_gpu() {
    let Some(gpu) = gpu() else { return };
    let data = pictures(1, [10, 9, 3], 4, 40);
    let options = TrainOptions::default();
    let plan = TrainingPlan::new(&gpu, &plain([10, 9, 3], 4), &data, None, &options).unwrap();
    let recordings = plan.recordings();
    let labels: Vec<&str> =
        recordings.iter().flat_map(|recording| recording.commands()).map(|command| command.label.as_str()).collect();
    let mut rest = labels.iter();
    let trace = [
        "gather: images",
        "gather: labels",
        // With the pooling in the same kernel, where there is one for it.
        "conv2d",
        "softmax cross-entropy: metrics and gradient",
        // By itself, or read by the convolution's gradient of the kernel.
        "max_pooling2d: gradient",
        "finite: verdict",
        "optimizer: step",
    ];
    for expected in trace {
        assert!(rest.any(|label| label.contains(expected)), "{expected} in its place among {labels:?}");
    }
    let of_kernel = |label: &&str| label.starts_with("conv2d") && label.ends_with("gradient of the kernel");
    assert!(labels.iter().any(of_kernel), "{labels:?}");
    // What goes up for a step: its record, and its share of the epoch's order.
    let up = ocellus::ops::StepRecord::STRIDE + options.batch_size as u64 * 4;
    assert!(up < 1024);
}
