//! What the command line reports.

use std::io;

use crate::data::DataError;
use crate::gpu::GpuError;
use crate::model::{ModelError, WeightsError};
use crate::ops::UnknownKernelChoice;
use crate::train::{BuildError, ConfigError, RunError, TrainError};

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
    /// The training failed.
    #[error("training failed")]
    Train(#[from] TrainError),
    /// The run's folder cannot be written.
    #[error("cannot keep the run")]
    Run(#[from] RunError),
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
