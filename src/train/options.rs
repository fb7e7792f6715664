//! The options of training.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Optimizer, TrainError};
use crate::ops::KernelChoice;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainOptions {
    /// How often to go through the dataset. Default 10.
    pub epochs: usize,
    /// Samples per step; the last batch of an epoch may be smaller. Default 32.
    pub batch_size: usize,
    /// Default Adam.
    pub optimizer: Optimizer,
    /// Of the epochs' order and of dropout. Default 0.
    pub seed: u32,
    /// Whether the order changes every epoch. Default true.
    pub shuffle: bool,
    /// Which share of a label's weight is spread over all classes. Default 0.
    pub label_smoothing: f64,
    /// The kernels to use. Default the fast ones.
    pub kernels: KernelChoice,
    /// Whether what can run as one kernel with what stands before it does. Default true.
    pub fusion: bool,
    /// What to do after a step whose numbers are not finite. Default to stop.
    pub on_nan: OnNan,
}

/// The word for [`OnNan`] that is none.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is neither 'stop' nor 'skip'")]
pub struct UnknownOnNan(String);

impl FromStr for OnNan {
    type Err = UnknownOnNan;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "stop" => Ok(Self::Stop),
            "skip" => Ok(Self::Skip),
            word => Err(UnknownOnNan(word.to_owned())),
        }
    }
}

/// What to do after a step of whose numbers, the loss, the gradients and the moving statistics, any is NaN or infinite. In
/// any case it leaves weights, moments and moving statistics as they were before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnNan {
    /// Stop with [`TrainError::NotFinite`], which names the first layer that is to blame.
    #[default]
    Stop,
    /// Go on with the next step. The means of the epoch are without the step.
    Skip,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 32,
            optimizer: Optimizer::default(),
            seed: 0,
            shuffle: true,
            label_smoothing: 0.0,
            kernels: KernelChoice::default(),
            fusion: true,
            on_nan: OnNan::default(),
        }
    }
}

impl TrainOptions {
    /// An error that names the first option out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |option, value: String, range| Err::<(), TrainError>(TrainError::Option { option, value, range });
        if self.epochs == 0 {
            return refuse("epochs", "0".to_owned(), "at least 1");
        }
        if self.batch_size == 0 {
            return refuse("batch_size", "0".to_owned(), "at least 1");
        }
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return refuse("label_smoothing", self.label_smoothing.to_string(), "at least 0 and below 1");
        }
        self.optimizer.check()
    }
}
