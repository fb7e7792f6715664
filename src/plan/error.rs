//! Why a model cannot be planned for a request.

use crate::gpu::GpuError;
use crate::model::ModelError;
use crate::shape::Shape;

/// An error of planning.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The batch is empty.
    #[error("the batch size is 0, it must be at least 1")]
    EmptyBatch,
    /// The model has several inputs.
    #[error("model '{model}' has {inputs} inputs; only models with one input can run")]
    Inputs {
        /// The model's name.
        model: String,
        /// How many it has.
        inputs: usize,
    },
    /// The loss needs one row of logits per sample.
    #[error(
        "model '{model}' gives outputs of shape {shape}; a loss needs one output of shape (classes): end the model \
         with Flatten or GlobalAveragePooling2D and Dense(classes)"
    )]
    Logits {
        /// The model's name.
        model: String,
        /// Its output's shape.
        shape: Shape,
    },
    /// Gradients were asked for without saying of what.
    #[error("gradients need a loss or a seed to start from")]
    NoSeed,
    /// A tensor is larger than the device can bind.
    #[error(
        "layer '{layer}': a tensor of {bytes} bytes at batch size {batch_size} is more than this device binds \
         ({limit} bytes); use {}, or an adapter with larger limits", smaller(*fits)
    )]
    TooLarge {
        /// The layer that makes the tensor.
        layer: String,
        /// The tensor's bytes.
        bytes: u64,
        /// The batch size that was asked for.
        batch_size: usize,
        /// The device's limit.
        limit: u64,
        /// The batch size that would do; 0 when none does.
        fits: u64,
    },
    /// The gradient of probabilities was asked for, from a loss that takes the logits before them.
    #[error(
        "the loss has no gradient of layer '{layer}': it is taken from what goes into that layer's softmax; ask for an \
         earlier layer, or start from a seed instead of the loss"
    )]
    Probabilities {
        /// The layer whose output is probabilities.
        layer: String,
    },
    /// A layer that was named is not there.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

/// What to use instead of a batch that does not fit.
fn smaller(fits: u64) -> String {
    match fits {
        0 => "smaller pictures or layers, since not even a batch of 1 fits".to_owned(),
        fits => format!("a batch size of at most {fits}"),
    }
}
