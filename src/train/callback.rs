//! What watches training.

use super::{EpochRecord, TrainError};
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
}

/// The metrics of one step, with the weights as they were before its update.
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

    /// An epoch and its validation have ended; the model has the weights of this moment.
    fn on_epoch_end(&mut self, _record: &EpochRecord, _model: &Model) -> Result<(), TrainError> {
        Ok(())
    }
}

/// Watches nothing.
impl Callback for () {}
