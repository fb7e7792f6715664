//! What can go wrong in training.

use crate::data::DataError;
use crate::gpu::GpuError;
use crate::model::ModelError;
use crate::plan::PlanError;
use crate::shape::Shape;

/// An error of training, evaluation or prediction.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The dataset's pictures are not what the model takes.
    #[error(
        "the pictures are {} (height, width, channels) but model '{model}' takes {input}; build the model for this \
         dataset",
        Shape::from(*pictures)
    )]
    Pictures {
        /// The dataset's pictures.
        pictures: [usize; 3],
        /// The model's name.
        model: String,
        /// Its input's shape.
        input: String,
    },
    /// The dataset has more classes than the model has outputs.
    #[error("the dataset has {classes} classes but model '{model}' has {outputs} outputs; build it for this dataset")]
    Classes {
        /// The dataset's classes.
        classes: usize,
        /// The model's name.
        model: String,
        /// Its outputs.
        outputs: usize,
    },
    /// Every layer that could be trained is frozen.
    #[error(
        "there is nothing to train in model '{0}': every layer with weights is frozen; leave at least one trainable, \
         such as the last dense layer"
    )]
    NothingToTrain(String),
    /// An option is out of range.
    #[error("{option} is {value}, it must be {range}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// The images to predict are not a whole number of samples.
    #[error("{given} numbers are no whole number of samples of {sample} numbers each")]
    Samples {
        /// How many numbers were given.
        given: usize,
        /// How many a sample has.
        sample: usize,
    },
    /// More pictures of a stream than go through the model at a time.
    #[error("{frames} frames at a time are more than the predictor's batch size of {batch_size}; give it fewer")]
    Frames {
        /// How many were given.
        frames: usize,
        /// How many it takes.
        batch_size: usize,
    },
    /// The memory for a prediction has not its size.
    #[error("the output has {needed} numbers but there is room for {given}; give it exactly as much")]
    Room {
        /// How many numbers there is room for.
        given: usize,
        /// How many there are.
        needed: usize,
    },
    /// The labels are not those of the predictions.
    #[error("there are {labels} labels for predictions of {samples} samples; give one for each, and at least one")]
    Labels {
        /// How many labels were given.
        labels: usize,
        /// How many samples were predicted.
        samples: usize,
    },
    /// A label is no class.
    #[error("sample {sample} has the label {label}, but the predictions are of {classes} classes, counted from 0")]
    Label {
        /// The sample's number, from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// The classes there are.
        classes: usize,
    },
    /// A training is started with other data than it was planned for.
    #[error("the {0} data are not those that the training was planned with; plan it again")]
    OtherData(&'static str),
    /// A callback failed.
    #[error("{0}")]
    Callback(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The model cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The dataset cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl From<ModelError> for TrainError {
    fn from(error: ModelError) -> Self {
        TrainError::Plan(error.into())
    }
}
