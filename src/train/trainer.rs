//! The trainer.

use std::time::{Duration, Instant};

use super::callback::{CheckpointSchedule, EpochStart};
use super::checkpoint::{Identity, Values};
use super::metrics_ring::MetricsRing;
use super::pass::{Ending, Pass, Place};
use super::pass_plan::PassPlan;
use super::pass_watch::{Training, Validating};
use super::replay::all_finite;
use super::training_plan::TrainingPlan;
use super::update::Update;
use super::{Callback, EpochRecord, History, NotFinite, OnNan, StepMetrics, Suspect, TrainError, TrainOptions};
use crate::data::{Dataset, epoch_order};
use crate::gpu::{Buffer, Gpu, Prepared, Readback};
use crate::model::Model;
use crate::plan::{DeviceWeights, Plan, Pool};

/// Bytes that weights come back through at a time.
pub(super) const READBACK_BYTES: u64 = 1 << 20;

/// A training that can run, epoch by epoch.
pub struct Trainer {
    pub(super) plan: TrainingPlan,
    pub(super) identity: Identity,
    pub(super) weights: DeviceWeights,
    pub(super) gradients: Buffer,
    pub(super) training: Pass,
    validation: Option<Pass>,
    pub(super) update: Update,
    pub(super) ring: MetricsRing,
    pub(super) readback: Readback,
    /// Of the present epoch; `None` while its steps run, and for good where they failed or were given up.
    pub(super) place: Option<Place>,
    /// What the present epoch took so far.
    pub(super) seconds: f64,
    pub(super) history: History,
    /// The weights after the best epoch; empty before the first has ended.
    pub(super) best: Values,
    checkpoint_time: Duration,
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

    /// Allocates all that `plan` takes and uploads weights and data.
    pub(super) fn allocate(
        plan: TrainingPlan,
        training: &Dataset,
        validation: Option<&Dataset>,
    ) -> Result<Self, TrainError> {
        let gpu = &plan.gpu;
        let weights = DeviceWeights::upload_as(gpu, &plan.model, plan.weights.clone())?;
        let gradients = Buffer::storage(gpu, "gradients", plan.weights.trainable_bytes())?;
        let ring = MetricsRing::allocate(gpu)?;
        let update = plan.update.allocate(gpu, &weights, &gradients, &ring.ring, &ring.steps)?;
        let pool = Pool::allocate(gpu, &plan.compiled())?;
        let start = |pass: &PassPlan, set, gradients| pass.allocate(gpu, set, &weights, gradients, &ring, &pool);
        let training_set = training;
        let training = start(&plan.training, training, Some(&gradients))?;
        let validation_set = validation;
        let validation = match (&plan.validation, validation) {
            (Some(pass), Some(set)) => Some(start(pass, set, None)?),
            (None, None) => None,
            _ => return Err(TrainError::OtherData("validation")),
        };
        Ok(Trainer {
            identity: Identity::new(
                plan.model.config(),
                &plan.options,
                plan.first_choices(),
                training_set,
                validation_set,
            )?,
            readback: Readback::new(gpu, "weights: readback", READBACK_BYTES)?,
            weights,
            gradients,
            training,
            validation,
            update,
            ring,
            plan,
            place: Some(Place::default()),
            seconds: 0.0,
            history: History::default(),
            best: Values::new(),
            checkpoint_time: Duration::ZERO,
        })
    }

    /// Trains all epochs that are left; after each the model has its weights. The history is that of the whole training.
    /// Where the callback stops it, the history has fewer epochs, and it goes on when it is called again.
    pub async fn fit(&mut self, callback: &mut dyn Callback) -> Result<History, TrainError> {
        while self.history.epochs.len() < self.plan.options.epochs && self.train_epoch(callback).await?.is_some() {}
        Ok(self.history.clone())
    }

    /// Trains an epoch, or what is left of one, and validates; `None` where the callback stops it before.
    pub async fn train_epoch(&mut self, callback: &mut dyn Callback) -> Result<Option<EpochRecord>, TrainError> {
        let ended = self.run_epoch(callback).await;
        ended.map_err(|error| self.plan.explained(error, None))
    }

    async fn run_epoch(&mut self, callback: &mut dyn Callback) -> Result<Option<EpochRecord>, TrainError> {
        let (epoch, steps, options) = (self.history.epochs.len(), self.training.steps(), self.plan.options);
        let step = self.place()?.step;
        callback.on_epoch_begin(EpochStart { epoch: epoch + 1, epochs: options.epochs, steps, step })?;
        if epoch == 0 && step == 0 {
            self.hand_over(callback).await?;
        }
        if options.shuffle {
            self.training
                .set_order(&self.plan.gpu, &epoch_order(options.seed, epoch as u32, self.training.samples()))?;
        }
        while self.place()?.step < steps {
            if !self.train_steps(callback).await? {
                return Ok(None);
            }
        }
        let validation = match &self.validation {
            Some(pass) => {
                let (mut place, mut watch) = (Place::default(), Validating { callback: &mut *callback });
                pass.run(&self.plan.gpu, &self.ring, None, &mut place, pass.steps(), &mut watch).await?;
                if place.step < pass.steps() {
                    self.hand_over(callback).await?;
                    return Ok(None);
                }
                Some(place.totals)
            }
            None => None,
        };
        self.weights.download(&self.readback, &self.plan.model).await?;
        let weights = self.plan.model.weights();
        self.check_finite(weights.iter().map(|(name, _, values)| (name, values)), Suspect::Weights)?;
        let (totals, seconds) = (self.place()?.totals, self.seconds);
        let record = EpochRecord {
            epoch: epoch + 1,
            loss: totals.mean_loss(),
            accuracy: totals.accuracy(),
            val_loss: validation.map(|totals| totals.mean_loss()),
            val_accuracy: validation.map(|totals| totals.accuracy()),
            seconds,
            images_per_second: totals.samples as f64 / seconds,
            weights_hash: Some(self.plan.model.weights_hash()),
        };
        self.history.epochs.push(record);
        let (bytes, buffers) = (self.plan.gpu.allocated_bytes(), self.plan.gpu.buffers_created());
        log::debug!("epoch {} ends with {bytes} bytes on the GPU, {buffers} buffers made so far", epoch + 1);
        if self.history.best().is_some_and(|best| best.epoch == record.epoch) {
            self.best = self.plan.model.weights().into_iter().map(|(name, _, values)| (name, values)).collect();
        }
        (self.place, self.seconds) = (Some(Place::default()), 0.0);
        callback.on_epoch_end(&record, &self.plan.model)?;
        self.hand_over(callback).await?;
        Ok(Some(record))
    }

    /// Trains to the next checkpoint or the end of the epoch; `false` where the callback stops it before.
    async fn train_steps(&mut self, callback: &mut dyn Callback) -> Result<bool, TrainError> {
        let steps = self.training.steps();
        let first = self.history.epochs.len() * steps;
        let mut place = self.place()?;
        let due = callback.checkpoints().next(first + place.step).saturating_sub(first);
        let until = due.min(steps);
        // Nobody knows where the device stands until all of it has come back.
        self.place = None;
        let started = Instant::now();
        let mut watch = Training { options: &self.plan.options, first, callback: &mut *callback, refusal: None };
        let run = self.training.run(&self.plan.gpu, &self.ring, Some(&self.update), &mut place, until, &mut watch);
        let ending = run.await?;
        let refusal = watch.refusal;
        self.place = Some(place);
        self.seconds += started.elapsed().as_secs_f64();
        refusal.map_or(Ok(()), Err)?;
        if ending == Ending::NotFinite {
            self.skip_or_stop(place, callback).await?;
        }
        let step = self.place()?.step;
        let goes_on = step == until || ending == Ending::NotFinite;
        if !goes_on || step == due {
            self.hand_over(callback).await?;
        }
        Ok(goes_on)
    }

    /// What becomes of the step at `place`, whose numbers were not finite: it is left out, or the training ends.
    async fn skip_or_stop(&mut self, mut place: Place, callback: &mut dyn Callback) -> Result<(), TrainError> {
        self.update.go_on(&self.plan.gpu)?;
        let found = self.not_finite(place.step).await;
        // Where the weights themselves are not finite, no later step is.
        if self.plan.options.on_nan == OnNan::Stop || matches!(found.first, Suspect::Weights(_)) {
            return Err(TrainError::NotFinite(found));
        }
        let samples = self.training.batch_of(place.step);
        place.totals.samples += samples;
        place.totals.skipped += samples;
        let step = self.history.epochs.len() * self.training.steps() + place.step;
        place.step += 1;
        self.place = Some(place);
        let (running_loss, running_accuracy) = (place.totals.mean_loss(), place.totals.accuracy());
        let (loss, accuracy) = (f64::NAN, f64::NAN);
        callback.on_step(StepMetrics { step, loss, accuracy, running_loss, running_accuracy })?;
        callback.on_skip(&found)
    }

    /// Gives the callback a checkpoint, if it takes any.
    async fn hand_over(&mut self, callback: &mut dyn Callback) -> Result<(), TrainError> {
        if callback.checkpoints() == CheckpointSchedule::Never {
            return Ok(());
        }
        let started = Instant::now();
        let checkpoint = self.checkpoint().await?;
        self.check_finite(checkpoint.weights.iter(), Suspect::Weights)?;
        // From infinite moments Adam makes NaN of the weights one step later, and RMSprop never moves them again.
        self.check_finite(checkpoint.moments.iter().flatten(), Suspect::Moments)?;
        callback.on_checkpoint(&checkpoint)?;
        self.checkpoint_time += started.elapsed();
        Ok(())
    }

    /// An error where values of the present moment are not finite, so that none such are kept; `suspect` says what they
    /// are, by the weights' name.
    fn check_finite<'a>(
        &self,
        mut values: impl Iterator<Item = (&'a String, &'a Vec<f32>)>,
        suspect: impl Fn(String) -> Suspect,
    ) -> Result<(), TrainError> {
        let Some((name, _)) = values.find(|(_, values)| !all_finite(values)) else { return Ok(()) };
        let (epoch, step) = (self.history.epochs.len() + 1, self.place()?.step + 1);
        Err(TrainError::NotFinite(NotFinite { epoch, step, first: suspect(name.clone()) }))
    }

    pub(super) fn place(&self) -> Result<Place, TrainError> {
        self.place.ok_or(TrainError::AmidStep)
    }

    /// How long checkpoints took so far, from the device to the end of [`Callback::on_checkpoint`]; the seconds of the
    /// history are without.
    pub fn checkpoint_time(&self) -> Duration {
        self.checkpoint_time
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> usize {
        self.training.steps()
    }

    /// The gradients of the last step, by the weights' names.
    pub async fn gradients(&self) -> Result<Vec<(String, Vec<f32>)>, TrainError> {
        Ok(self.weights.read_like(&self.readback, &self.plan.model, &self.gradients).await?)
    }

    /// The commands of one training step on the device, as [`TrainingPlan::recordings`] lists them.
    pub fn prepared(&self) -> Vec<&Prepared> {
        let step = self.training.first_plan().map(Plan::prepared);
        step.into_iter().chain([self.update.prepared()]).collect()
    }

    /// The model in training; its weights are those of the end of the last epoch, or of the checkpoint that was restored
    /// since.
    pub fn model(&self) -> &Model {
        &self.plan.model
    }
}
