//! The rate of training.

use std::time::Instant;

use serde::Serialize;

use super::pictures::made_up;
use super::{BenchOptions, Spread, host};
use crate::gpu::{AdapterRequest, Gpu};
use crate::model::Model;
use crate::train::{Callback, StepMetrics, TrainError, TrainingPlan};

/// How fast a model trains, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingRate {
    /// The model's name.
    pub model: String,
    /// Samples per step.
    pub batch_size: usize,
    /// The operations of a step's sums of products, a multiply-add counting as two: those of pixels that nothing looks at
    /// are not computed and do not count.
    pub operations: u64,
    /// Steps of one measurement.
    pub steps: usize,
    /// Pictures per second of whole epochs, as [`Trainer::fit`](crate::train::Trainer::fit) runs them: order, gather,
    /// forward and backward pass, update, and metrics on the host.
    pub images_per_second: Spread,
    /// Seconds from opening the adapter to the first step's metrics on the host: planning, allocating and compiling
    /// included, and measuring which kernels are the fastest, as far as no cache knows it.
    pub first_step_seconds: f64,
    /// The planned bytes of all buffers.
    pub gpu_bytes: u64,
    /// Those of them that the pictures and labels take.
    pub data_bytes: u64,
    /// The peak of the host's memory in bytes; none where the system does not tell it.
    pub host_peak_bytes: Option<u64>,
    /// The host's own seconds per step, measured on a device that does nothing.
    pub host_seconds_per_step: Spread,
}

/// When the first step's metrics arrived.
#[derive(Default)]
struct FirstStep(Option<Instant>);

impl Callback for FirstStep {
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        self.0.get_or_insert_with(Instant::now);
        Ok(())
    }
}

/// Measures the training of `model`, whose weights change by it, on the adapter that `adapter` asks for. Each call opens
/// a device of its own, so that the first step is a first one. The optimizer is Adam with its defaults.
pub async fn measure_training(
    adapter: &AdapterRequest,
    model: &Model,
    options: &BenchOptions,
) -> Result<TrainingRate, TrainError> {
    model.try_initialize(options.seed)?;
    let batch_size = options.batch_size;
    let train = options.train_options();
    let host_seconds_per_step = host::seconds_per_step(model, options, &train).await?;
    let few = made_up(model, BenchOptions::WARM_UP_STEPS * batch_size, options)?;
    host::forget_peak_memory();

    let opened = Instant::now();
    let gpu = Gpu::open(adapter).await?;
    let planned = options.plan(&gpu, model, &few).await?;
    let mut warm_up = planned.start(&few, None)?;
    let mut first = FirstStep::default();
    warm_up.train_epoch(&mut first).await?;
    let first_step_seconds = first.0.map_or(0.0, |first| first.duration_since(opened).as_secs_f64());
    let again = Instant::now();
    warm_up.train_epoch(&mut ()).await?;
    let steps = options.steps_after(BenchOptions::WARM_UP_STEPS, again.elapsed().as_secs_f64());
    drop(warm_up);

    let data = made_up(model, steps * batch_size, options)?;
    // With the kernels of the warm-up, whose batches are as large.
    let plan = TrainingPlan::new(&gpu, model, &data, None, &train)?.with_choices(planned.choices())?;
    let mut trainer = plan.start(&data, None)?;
    trainer.train_epoch(&mut ()).await?;
    let images_per_second = options.rates(steps, async || trainer.train_epoch(&mut ()).await.map(drop)).await?;
    let recordings = plan.recordings();
    let commands = recordings.iter().flat_map(|recording| recording.commands());
    let multiply_adds: u64 = commands.map(|command| command.multiply_adds).sum();
    Ok(TrainingRate {
        model: model.name().to_owned(),
        batch_size,
        operations: 2 * multiply_adds,
        steps,
        images_per_second,
        first_step_seconds,
        gpu_bytes: plan.bytes(),
        data_bytes: plan.data_bytes(),
        host_peak_bytes: host::peak_memory(),
        host_seconds_per_step,
    })
}
