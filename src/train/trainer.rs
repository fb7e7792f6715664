//! The trainer.

use std::time::Instant;

use super::callback::{EpochStart, StepMetrics};
use super::metrics_ring::MetricsRing;
use super::pass::{Pass, PassPlan};
use super::update::{Update, UpdatePlan};
use super::{Callback, EpochRecord, History, TrainError, TrainOptions};
use crate::data::{Dataset, epoch_order};
use crate::gpu::{Buffer, Gpu, Readback, Recording};
use crate::model::{Layer, Model};
use crate::ops::StepRecord;
use crate::plan::{DeviceWeights, ImageSource, Loss, MemoryItem, Mode, Pool, Request, Wanted, WeightLayout};

/// Bytes that weights come back through at a time.
const READBACK_BYTES: u64 = 1 << 20;

/// A training before anything is allocated: its commands and its bytes are known.
pub struct TrainingPlan {
    gpu: Gpu,
    model: Model,
    options: TrainOptions,
    weights: WeightLayout,
    training: PassPlan,
    validation: Option<PassPlan>,
    update: UpdatePlan,
}

/// A training that can run, epoch by epoch.
pub struct Trainer {
    gpu: Gpu,
    model: Model,
    options: TrainOptions,
    weights: DeviceWeights,
    gradients: Buffer,
    training: Pass,
    validation: Option<Pass>,
    update: Update,
    ring: MetricsRing,
    readback: Readback,
    epoch: usize,
    iteration: u32,
}

impl TrainingPlan {
    /// Plans the training of `model` on `training`, validated on `validation` after every epoch.
    pub fn new(
        gpu: &Gpu,
        model: &Model,
        training: &Dataset,
        validation: Option<&Dataset>,
        options: &TrainOptions,
    ) -> Result<Self, TrainError> {
        options.check()?;
        let weights = WeightLayout::new(model);
        let frozen = |layer: &Layer| !layer.trainable() && !layer.variables().is_empty();
        if weights.trainable_bytes() == 0 && model.layers().iter().any(frozen) {
            return Err(TrainError::NothingToTrain(model.name().to_owned()));
        }
        let max_binding_bytes = gpu.limits().max_storage_buffer_binding_size;
        let request = Request {
            batch_size: options.batch_size,
            mode: Mode::Training,
            images: ImageSource::Host,
            loss: Some(Loss { label_smoothing: options.label_smoothing as f32 }),
            gradients: Wanted { weights: true, layers: Vec::new() },
            read: Vec::new(),
            kernels: options.kernels.on(gpu),
            fusion: options.fusion,
            max_binding_bytes,
        };
        let validating = evaluation_request(&request);
        Ok(Self {
            gpu: gpu.clone(),
            model: model.clone(),
            options: *options,
            training: PassPlan::new(model, &weights, training, &request)?,
            validation: validation.map(|set| PassPlan::new(model, &weights, set, &validating)).transpose()?,
            update: UpdatePlan::new(&options.optimizer, weights.trainable_bytes()),
            weights,
        })
    }

    /// The GPU memory that the training takes, part by part: all buffers that [`TrainingPlan::start`] will create.
    pub fn memory(&self) -> Vec<MemoryItem> {
        let item = |label: &str, bytes| MemoryItem { label: label.to_owned(), bytes: Buffer::size_for(bytes) };
        let mut items = self.weights.memory();
        items.push(item("gradients", self.weights.trainable_bytes()));
        items.extend(self.update.memory());
        items.push(Pool::memory(&self.compiled()));
        items.extend(self.training.memory("training"));
        items.extend(self.validation.iter().flat_map(|pass| pass.memory("validation")));
        items.extend(MetricsRing::memory());
        items.push(item("weights: readback", READBACK_BYTES));
        items
    }

    /// The bytes of [`TrainingPlan::memory`] together.
    pub fn bytes(&self) -> u64 {
        self.memory().iter().map(|item| item.bytes).sum()
    }

    /// The recordings of one training step: gather, forward and backward pass of a whole batch; the optimizer.
    pub fn recordings(&self) -> Vec<&Recording> {
        let step = self.training.compiled().into_iter().next().map(|compiled| compiled.recording());
        step.into_iter().chain([self.update.recording()]).collect()
    }

    fn compiled(&self) -> Vec<&crate::plan::Compiled> {
        let mut plans = self.training.compiled();
        plans.extend(self.validation.iter().flat_map(PassPlan::compiled));
        plans
    }

    /// Allocates everything, uploads weights and data, which must be those of [`TrainingPlan::new`], and compiles the
    /// kernels.
    pub fn start(&self, training: &Dataset, validation: Option<&Dataset>) -> Result<Trainer, TrainError> {
        let gpu = &self.gpu;
        let weights = DeviceWeights::upload_as(gpu, &self.model, self.weights.clone())?;
        let gradients = Buffer::storage(gpu, "gradients", self.weights.trainable_bytes())?;
        let ring = MetricsRing::allocate(gpu)?;
        let update = self.update.allocate(gpu, &weights, &gradients, &ring.steps)?;
        let pool = Pool::allocate(gpu, &self.compiled())?;
        let start = |pass: &PassPlan, set, gradients| pass.allocate(gpu, set, &weights, gradients, &ring, &pool);
        let training = start(&self.training, training, Some(&gradients))?;
        let validation = match (&self.validation, validation) {
            (Some(pass), Some(set)) => Some(start(pass, set, None)?),
            (None, None) => None,
            _ => return Err(TrainError::OtherData("validation")),
        };
        Ok(Trainer {
            gpu: gpu.clone(),
            model: self.model.clone(),
            options: self.options,
            readback: Readback::new(gpu, "weights: readback", READBACK_BYTES)?,
            weights,
            gradients,
            training,
            validation,
            update,
            ring,
            epoch: 0,
            iteration: 0,
        })
    }
}

/// The request that evaluates what `request` trains: plain loss and metrics, no gradients.
pub(super) fn evaluation_request(request: &Request) -> Request {
    Request {
        mode: Mode::Inference,
        loss: Some(Loss { label_smoothing: 0.0 }),
        gradients: Wanted::default(),
        ..request.clone()
    }
}

impl Trainer {
    /// A trainer of `model`, whose present weights are the initial ones.
    pub fn new(
        gpu: &Gpu,
        model: &Model,
        training: &Dataset,
        validation: Option<&Dataset>,
        options: &TrainOptions,
    ) -> Result<Self, TrainError> {
        TrainingPlan::new(gpu, model, training, validation, options)?.start(training, validation)
    }

    /// Trains all epochs; after each the model has its weights.
    pub async fn fit(&mut self, callback: &mut dyn Callback) -> Result<History, TrainError> {
        let mut history = History::default();
        while self.epoch < self.options.epochs {
            let record = self.train_epoch(callback).await?;
            self.weights.download(&self.readback, &self.model).await?;
            callback.on_epoch_end(&record, &self.model)?;
            history.epochs.push(record);
        }
        Ok(history)
    }

    /// Trains one epoch and validates.
    pub async fn train_epoch(&mut self, callback: &mut dyn Callback) -> Result<EpochRecord, TrainError> {
        let (epoch, iteration, options) = (self.epoch, self.iteration, self.options);
        let (gpu, steps) = (&self.gpu, self.training.steps());
        callback.on_epoch_begin(EpochStart { epoch: epoch + 1, epochs: options.epochs, steps })?;
        if options.shuffle {
            self.training.set_order(gpu, &epoch_order(options.seed, epoch as u32, self.training.samples()))?;
        }
        let record = |step: usize| {
            let iteration = iteration + step as u32;
            StepRecord {
                iteration,
                seed: options.seed,
                learning_rate: options.optimizer.learning_rate as f32,
                bias_correction: options.optimizer.bias_correction(iteration),
                ..StepRecord::default()
            }
        };
        let mut number = iteration as usize;
        let started = Instant::now();
        let totals = self
            .training
            .run(gpu, &self.ring, Some(&self.update), record, |step| {
                let samples = step.samples as f64;
                let metrics = StepMetrics {
                    step: number,
                    loss: step.loss / samples,
                    accuracy: step.correct / samples,
                    running_loss: step.totals.mean_loss(),
                    running_accuracy: step.totals.accuracy(),
                };
                number += 1;
                callback.on_step(metrics)
            })
            .await?;
        let seconds = started.elapsed().as_secs_f64();
        self.epoch += 1;
        self.iteration += steps as u32;
        let validation = match &self.validation {
            Some(pass) => Some(pass.run(gpu, &self.ring, None, |_| StepRecord::default(), |_| Ok(())).await?),
            None => None,
        };
        Ok(EpochRecord {
            epoch: epoch + 1,
            loss: totals.mean_loss(),
            accuracy: totals.accuracy(),
            val_loss: validation.map(|totals| totals.mean_loss()),
            val_accuracy: validation.map(|totals| totals.accuracy()),
            seconds,
            images_per_second: totals.samples as f64 / seconds,
        })
    }

    /// The gradients of the last step, by the weights' names.
    pub async fn gradients(&self) -> Result<Vec<(String, Vec<f32>)>, TrainError> {
        Ok(self.weights.read_like(&self.readback, &self.model, &self.gradients).await?)
    }

    /// The model in training; its weights are those of the end of the last epoch of [`Trainer::fit`].
    pub fn model(&self) -> &Model {
        &self.model
    }
}
