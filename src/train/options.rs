//! The options of training.

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
    /// Whether bias and activation run in the kernel before them. Default true.
    pub fusion: bool,
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
