//! What the command line reports.

use std::io;
use std::path::{Path, PathBuf};

use crate::data::DataError;
use crate::doctor::DoctorError;
use crate::explain::ExplainError;
use crate::gpu::GpuError;
use crate::model::{ModelError, WeightsError};
use crate::ops::UnknownKernelChoice;
use crate::shape::Shape;
use crate::train::{BuildError, ConfigError, InitialError, RunError, TrainError};
use crate::view::ViewError;

/// An error that ends the program; printed with its causes.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An option's value cannot be used.
    #[error("{option} {value}: {reason}")]
    Option {
        /// The option, as it is typed.
        option: String,
        /// What was given.
        value: String,
        /// Why it cannot be used and what to do.
        reason: String,
    },
    /// The dataset cannot be loaded.
    #[error("cannot load the data")]
    Data(#[from] DataError),
    /// A dataset's files are not all there.
    #[error("{name} is not downloaded; do so with 'ocellus data fetch {name}', or put its files there by hand")]
    NotDownloaded {
        /// The dataset's name.
        name: String,
    },
    /// Files of datasets are missing, or others than they should be.
    #[error(
        "{wrong} of {read} files are wrong or missing; delete those that are wrong, and get them with 'ocellus data fetch'"
    )]
    Verify {
        /// The number of files that are wrong or missing.
        wrong: usize,
        /// The number of files that were looked at.
        read: usize,
    },
    /// The device cannot be used.
    #[error("cannot use the GPU")]
    Gpu(#[from] GpuError),
    /// The model cannot be built.
    #[error("cannot build the model")]
    Model(#[from] ModelError),
    /// A configuration cannot be read.
    #[error("cannot read the configuration")]
    Config(#[from] ConfigError),
    /// A configuration makes no model.
    #[error("cannot build the model")]
    Build(#[from] BuildError),
    /// A configuration cannot be put in words.
    #[error("cannot write the configuration as TOML")]
    Toml(#[from] toml::ser::Error),
    /// The weights cannot be used.
    #[error("cannot use the weights")]
    Weights(#[from] WeightsError),
    /// It cannot be told what a training began with.
    #[error("cannot tell what the training began with")]
    Initial(#[source] InitialError),
    /// The training failed.
    #[error("training failed")]
    Train(#[from] TrainError),
    /// The memory that a model takes cannot be told.
    #[error("cannot tell the memory")]
    Memory(#[source] TrainError),
    /// The training failed after it began.
    #[error("training failed; {}", last_checkpoint(.checkpoint.as_deref(), .command))]
    Training {
        /// The newest checkpoint, where there is one.
        checkpoint: Option<PathBuf>,
        /// What goes on from there.
        command: String,
        /// Why.
        source: TrainError,
    },
    /// The prediction failed.
    #[error("cannot predict")]
    Predict(#[source] TrainError),
    /// The speed cannot be measured.
    #[error("cannot measure the speed")]
    Bench(#[source] TrainError),
    /// A picture cannot be read.
    #[error("cannot read a picture")]
    Picture(#[source] DataError),
    /// The model takes no pictures.
    #[error(
        "model '{model}' takes inputs of shape {input}, but pictures have height, width, and 1 or 3 channels; \
         take another model"
    )]
    NoPictureModel {
        /// The model's name.
        model: String,
        /// Its input's shape.
        input: String,
    },
    /// The pictures of a dataset are not the model's.
    #[error(
        "the pictures are {} (height, width, channels) but {model} takes {input}; take the data that the \
         model was trained for",
        Shape::from(*pictures)
    )]
    OtherPictures {
        /// The dataset's pictures.
        pictures: [usize; 3],
        /// Where the model comes from.
        model: String,
        /// Its input's shape.
        input: String,
    },
    /// The dataset has other classes than the model.
    #[error(
        "{data} has {classes} classes, but {model} tells {outputs} apart; name the data that the model was trained \
         for with --data"
    )]
    Classes {
        /// Where the model comes from.
        model: String,
        /// Its classes.
        outputs: usize,
        /// The dataset.
        data: String,
        /// Its classes.
        classes: usize,
    },
    /// A folder that is no run.
    #[error(
        "{path} is a folder, but no run: it has neither config.toml nor weights; name a run's folder, or the pictures \
         in it one by one", path = .path.display()
    )]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Something that is no model where only a model can be.
    #[error(
        "{path} is neither a run's folder nor a .safetensors file; `ocellus runs` lists the runs",
        path = .path.display()
    )]
    NeitherRunNorWeights {
        /// What was named.
        path: PathBuf,
    },
    /// Something that is no run where only a run can be.
    #[error("{path} is no run's folder; `ocellus runs` lists the runs", path = .path.display())]
    NotARun {
        /// What was named.
        path: PathBuf,
    },
    /// Two models are named.
    #[error("{first} and {second} are both models; name one of them", first = .first.display(), second = .second.display())]
    TwoRuns {
        /// The first.
        first: PathBuf,
        /// The second.
        second: PathBuf,
    },
    /// Weights of a run that are not what was written.
    #[error(
        "cannot use these weights of the run; take the others with --weights {other}, or write both anew from its last checkpoint with: {resume}"
    )]
    RunWeights {
        /// The other weights of the run.
        other: &'static str,
        /// The command that goes on with the run.
        resume: String,
        /// What is wrong.
        source: WeightsError,
    },
    /// A run without weights.
    #[error(
        "run {run} has no {file} yet; it is written after the first epoch: train it, or name another run",
        run = .run.display()
    )]
    NoWeights {
        /// The run's folder.
        run: PathBuf,
        /// The weights that were looked for.
        file: &'static str,
    },
    /// No run where there must be one.
    #[error("there is no run in runs/ yet; train one with `ocellus train`, or name one")]
    NoRuns,
    /// A run whose first epoch has not ended.
    #[error(
        "run {run} has no history yet; it is written after the first epoch: train it, or name another run",
        run = .run.display()
    )]
    NoHistory {
        /// The run's folder.
        run: PathBuf,
    },
    /// A step of the lecture that is no command.
    #[error("a step of the lecture cannot run: {error}")]
    Step {
        /// What the command line says.
        error: String,
    },
    /// Nothing to predict.
    #[error("there is nothing to predict; name pictures, or a dataset with --data")]
    NothingToPredict,
    /// Two things to predict.
    #[error("pictures are named, and a dataset by --data, --data-dir, --split or --limit; take one of them")]
    PicturesAndData,
    /// A choice among pictures that are named.
    #[error(
        "{option} chooses among the pictures of a dataset; name one with --data instead of pictures, or leave it out"
    )]
    NoChoice {
        /// The option.
        option: &'static str,
    },
    /// Two results for the standard output.
    #[error("{first} and {second} both print to the standard output; give one of them a file, or leave it out")]
    TwoOutputs {
        /// The first option.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// A result cannot be written.
    #[error("cannot write {path}; check that its folder is there, may be written and has room", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The run's folder cannot be written.
    #[error("cannot keep or find the run")]
    Run(#[from] RunError),
    /// A model without the layer that is shown by default.
    #[error("model '{model}' has no convolution; name another layer with --layer, or another model")]
    NoConvolution {
        /// The model's name.
        model: String,
    },
    /// A convolution or a layer cannot be shown.
    #[error("cannot explain")]
    Explain(#[from] ExplainError),
    /// A picture cannot be drawn or written.
    #[error("cannot draw the picture")]
    View(#[from] ViewError),
    /// The terminal does not show pictures.
    #[error("cannot show the picture in this terminal: {reason}; open its file instead")]
    Show {
        /// What the terminal said.
        reason: String,
    },
    /// The adapter cannot be examined.
    #[error("cannot examine the adapter")]
    Doctor(#[from] DoctorError),
    /// An environment variable is wrong.
    #[error("cannot choose kernels")]
    Kernels(#[from] UnknownKernelChoice),
    /// The output cannot be printed.
    #[error("cannot print")]
    Print(#[from] io::Error),
    /// What was to be printed cannot be put in words.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

/// What is left of a training that failed.
fn last_checkpoint(checkpoint: Option<&Path>, command: &str) -> String {
    match checkpoint {
        Some(path) => format!("its last checkpoint is {}, go on from there with: {command}", path.display()),
        None => "it has no checkpoint yet".to_owned(),
    }
}

impl CliError {
    /// An error where the number that `option` was given is 0.
    pub(super) fn at_least_one(option: &str, value: usize) -> Result<(), Self> {
        if value > 0 {
            return Ok(());
        }
        let reason = "it must be at least 1".to_owned();
        Err(Self::Option { option: option.to_owned(), value: value.to_string(), reason })
    }
}

impl From<InitialError> for CliError {
    fn from(error: InitialError) -> Self {
        match error {
            InitialError::Build(error) => error.into(),
            InitialError::Model(error) => error.into(),
            InitialError::Weights(error) => error.into(),
            error => Self::Initial(error),
        }
    }
}
