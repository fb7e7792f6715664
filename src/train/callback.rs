//! What watches training.

use std::num::NonZeroUsize;

use super::{Checkpoint, EpochRecord, NotFinite, TrainError};
use crate::model::Model;

/// Where an epoch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// Counted from 1.
    pub epoch: usize,
    /// How many there will be.
    pub epochs: usize,
    /// Steps of the epoch.
    pub steps: usize,
    /// How many of them are done already, where a training goes on; else 0.
    pub step: usize,
}

/// When a callback is given checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckpointSchedule {
    /// Never.
    #[default]
    Never,
    /// At the beginning, after every epoch, and where the callback stops the training.
    Epochs,
    /// Then, and whenever the whole training's steps are a multiple of this number.
    Steps(NonZeroUsize),
}

impl CheckpointSchedule {
    /// The next step at which one is due by its number alone, where `step` steps of the training are done.
    pub(super) fn next(self, step: usize) -> usize {
        match self {
            Self::Never | Self::Epochs => usize::MAX,
            Self::Steps(every) => (step + 1).next_multiple_of(every.get()),
        }
    }
}

/// The metrics of one step, with the weights as they were before its update. A step that was skipped, since its loss or
/// gradients were not finite, has NaN for its loss and its accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepMetrics {
    /// The step's number over the whole training, from 0.
    pub step: usize,
    /// The batch's mean loss.
    pub loss: f64,
    /// The share of the batch that was predicted correctly.
    pub accuracy: f64,
    /// The epoch's mean loss so far, weighted by batch sizes.
    pub running_loss: f64,
    /// The epoch's accuracy so far.
    pub running_accuracy: f64,
}

/// Watches training; every method does nothing by default.
pub trait Callback {
    /// An epoch begins.
    fn on_epoch_begin(&mut self, _start: EpochStart) -> Result<(), TrainError> {
        Ok(())
    }

    /// A step's metrics have arrived; in order, some steps after the fact.
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        Ok(())
    }

    /// A step was skipped, since its numbers were not finite ([`OnNan::Skip`](super::OnNan::Skip)).
    fn on_skip(&mut self, _found: &NotFinite) -> Result<(), TrainError> {
        Ok(())
    }

    /// An epoch and its validation have ended; the model has the weights of this moment.
    fn on_epoch_end(&mut self, _record: &EpochRecord, _model: &Model) -> Result<(), TrainError> {
        Ok(())
    }

    /// When [`Callback::on_checkpoint`] is called. Default never.
    fn checkpoints(&self) -> CheckpointSchedule {
        CheckpointSchedule::Never
    }

    /// A checkpoint of this moment: all that is needed to go on from here to the same bits.
    fn on_checkpoint(&mut self, _checkpoint: &Checkpoint) -> Result<(), TrainError> {
        Ok(())
    }

    /// Whether the training is to stop; asked about twenty times a second. It ends between two steps, after a
    /// checkpoint where there are any, and goes on from there when it is asked to train again.
    fn stops(&mut self) -> bool {
        false
    }
}

/// Watches nothing.
impl Callback for () {}
