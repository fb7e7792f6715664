//! What can go wrong in training.

use std::io;
use std::path::PathBuf;

use super::{NotFinite, OutOfMemory};
use crate::data::DataError;
use crate::gpu::GpuError;
use crate::model::ModelError;
use crate::plan::PlanError;
use crate::shape::Shape;
use crate::tuning::TuningError;

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
    /// The model takes no pictures.
    #[error(
        "model '{model}' takes inputs of shape {input}, but pictures have height, width and channels; take another \
         model"
    )]
    NoPictures {
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
    /// The device failed while kernels were measured.
    #[error(transparent)]
    Tuning(#[from] TuningError),
    /// A kernel that was chosen for a pass cannot be taken.
    #[error(
        "'{kernel}' was chosen for {pass}, but not on this adapter, {adapter}: {reason}. To have kernels chosen anew, take \
         [kernels] out of the configuration; --kernel-choice fixed goes by the adapter's class"
    )]
    Kernel {
        /// The kernel, by its path in `shaders/`.
        kernel: String,
        /// The pass.
        pass: String,
        /// The adapter in a line.
        adapter: String,
        /// Why not.
        reason: &'static str,
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
    /// There is no moment between two steps of which a checkpoint could be made.
    #[error("the training was given up amid a step, so that its weights belong to no step; restore a checkpoint")]
    AmidStep,
    /// A step's loss, gradients or moving statistics are not finite, or the weights after it.
    #[error(
        "{0}; begin anew with a lower learning rate or with global_clipnorm, or skip steps whose numbers are not finite \
         (on_nan = \"skip\")"
    )]
    NotFinite(NotFinite),
    /// The device has no memory for the training, at its start or later.
    #[error(transparent)]
    OutOfMemory(OutOfMemory),
    /// A checkpoint cannot be made or used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
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

/// Why a checkpoint cannot be written, read or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read.
    #[error("cannot read the checkpoint {path}; check that it may be read", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the checkpoint {path}; check that the folder may be written and has room", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what was written.
    #[error("the checkpoint {path} is damaged: {reason}; take the one before it", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another version of the program wrote it.
    #[error(
        "the checkpoint {path} has version {version}, which this program does not know; go on with the program that \
         wrote it", path = .path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// It is of another training.
    #[error(
        "the checkpoint is of another training: its {what} is {checkpoint}, here it is {training}; go on with the model, \
         options and data that it was made with"
    )]
    OtherTraining {
        /// What is different.
        what: String,
        /// What the checkpoint says.
        checkpoint: String,
        /// What the training has.
        training: String,
    },
    /// Its values are not the training's.
    #[error("the checkpoint does not fit the training: {0}; take one that this training made")]
    Misfit(String),
    /// The training cannot be put in words.
    #[error("cannot describe the training as JSON")]
    Description(#[source] serde_json::Error),
    /// Its values cannot be brought into the form of a file.
    #[error("cannot form the checkpoint's file: {0}")]
    Format(String),
}
