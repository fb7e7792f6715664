//! How to measure.

use std::path::PathBuf;
use std::time::Instant;

use super::Spread;
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::model::Model;
use crate::ops::{KernelChoice, KernelSelection};
use crate::train::{TrainError, TrainOptions, TrainingPlan};
use crate::tuning::{ChoiceCache, Tuning};

/// How to measure rates.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchOptions {
    /// Samples per step, or per batch of a prediction. Default 32.
    pub batch_size: usize,
    /// Steps of one measurement: an epoch of training, a prediction of so many batches. Default: as many as take about
    /// a second, at most those of CIFAR-10's 50,000 pictures.
    pub steps: Option<usize>,
    /// Measurements go on for at least so many seconds. Default 5.
    pub seconds: f64,
    /// Of pictures, labels, initial weights and the epochs' order. Default 0.
    pub seed: u32,
    /// The kernels to use. Default the fast ones.
    pub kernels: KernelChoice,
    /// How the fast kernels of a training are chosen. Default by measurements, as [`TrainingPlan::tuned`] makes them:
    /// what is measured is what a training runs.
    pub kernel_choice: KernelSelection,
    /// The folder of a [`ChoiceCache`] that remembers which kernels were the fastest. Default none: all are measured
    /// anew.
    pub choice_cache: Option<PathBuf>,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            batch_size: 32,
            steps: None,
            seconds: 5.0,
            seed: 0,
            kernels: KernelChoice::default(),
            kernel_choice: KernelSelection::default(),
            choice_cache: None,
        }
    }
}

impl BenchOptions {
    /// Steps of the warm-up, in which kernels are compiled and the device finds its clock.
    pub(super) const WARM_UP_STEPS: usize = 8;
    /// Measurements at least, whatever they take.
    pub(super) const FEWEST_MEASUREMENTS: usize = 5;
    /// CIFAR-10's training pictures.
    const MOST_PICTURES: usize = 50_000;

    /// The options of training that these stand for, by Adam with its defaults.
    pub(super) fn train_options(&self) -> TrainOptions {
        let Self { batch_size, seed, kernels, .. } = *self;
        TrainOptions { batch_size, seed, kernels, ..TrainOptions::default() }
    }

    /// The plan of a training on `data`, with the kernels that it would run.
    pub(super) async fn plan(&self, gpu: &Gpu, model: &Model, data: &Dataset) -> Result<TrainingPlan, TrainError> {
        let plan = TrainingPlan::new(gpu, model, data, None, &self.train_options())?;
        if !self.kernel_choice.measures(self.kernels) {
            return Ok(plan);
        }
        let cache = self.choice_cache.as_deref().map(ChoiceCache::open);
        plan.tuned(&mut Tuning::new(gpu, cache)?).await
    }

    /// Steps of a measurement where the last `steps` steps took `seconds`.
    pub(super) fn steps_after(&self, steps: usize, seconds: f64) -> usize {
        let most = (Self::MOST_PICTURES / self.batch_size).max(Self::WARM_UP_STEPS);
        let per_second = steps as f64 / seconds.max(1e-6);
        self.steps.unwrap_or((per_second as usize).clamp(Self::WARM_UP_STEPS, most))
    }

    /// The pictures per second of repeated measurements of `steps` steps each.
    pub(super) async fn rates<E>(
        &self,
        steps: usize,
        mut measure: impl AsyncFnMut() -> Result<(), E>,
    ) -> Result<Spread, E> {
        let pictures = (steps * self.batch_size) as f64;
        let mut rates = Vec::new();
        let started = Instant::now();
        while rates.len() < Self::FEWEST_MEASUREMENTS || started.elapsed().as_secs_f64() < self.seconds {
            let one = Instant::now();
            measure().await?;
            rates.push(pictures / one.elapsed().as_secs_f64());
        }
        Ok(Spread::of(&rates))
    }
}
