//! What the steps of a pass are to be, and who hears how they went.

use super::pass::Totals;
use super::{Callback, StepMetrics, TrainError, TrainOptions};
use crate::ops::StepRecord;

/// Tells a pass what its steps are to be, and hears how they went.
pub(super) trait Watch {
    /// All of a step's record but its samples and its slot.
    fn record(&self, _step: usize) -> StepRecord {
        StepRecord::default()
    }

    /// A step's metrics; in order, while the GPU is already at the next submission.
    fn on_step(&mut self, _result: StepResult) {}

    /// Whether another submission is to follow.
    fn goes_on(&mut self) -> bool {
        true
    }
}

/// Watches nothing.
impl Watch for () {}

/// One step as it comes back.
pub(super) struct StepResult {
    /// Its number in the pass, from 0.
    pub(super) step: usize,
    pub(super) samples: usize,
    pub(super) loss: f64,
    pub(super) correct: f64,
    /// The sums of the pass so far, this step included.
    pub(super) totals: Totals,
}

/// Tells the steps of an epoch what they are, and the callback how they went.
pub(super) struct Training<'a> {
    pub(super) options: &'a TrainOptions,
    /// The epoch's first step among all.
    pub(super) first: usize,
    pub(super) callback: &'a mut dyn Callback,
    /// What the callback failed with; it hears no more then.
    pub(super) refusal: Option<TrainError>,
}

impl Watch for Training<'_> {
    fn record(&self, step: usize) -> StepRecord {
        let TrainOptions { optimizer, seed, .. } = self.options;
        let iteration = (self.first + step) as u32;
        StepRecord {
            iteration,
            seed: *seed,
            learning_rate: optimizer.learning_rate as f32,
            bias_correction: optimizer.bias_correction(iteration),
            ..StepRecord::default()
        }
    }

    fn on_step(&mut self, result: StepResult) {
        if self.refusal.is_some() {
            return;
        }
        let samples = result.samples as f64;
        let metrics = StepMetrics {
            step: self.first + result.step,
            loss: result.loss / samples,
            accuracy: result.correct / samples,
            running_loss: result.totals.mean_loss(),
            running_accuracy: result.totals.accuracy(),
        };
        self.refusal = self.callback.on_step(metrics).err();
    }

    fn goes_on(&mut self) -> bool {
        self.refusal.is_none() && !self.callback.stops()
    }
}

/// Asks the callback whether it stops the training while it validates.
pub(super) struct Validating<'a> {
    pub(super) callback: &'a mut dyn Callback,
}

impl Watch for Validating<'_> {
    fn goes_on(&mut self) -> bool {
        !self.callback.stops()
    }
}
