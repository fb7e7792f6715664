//! What the command line reports.

use std::io;

use crate::data::DataError;
use crate::gpu::GpuError;
use crate::model::{ModelError, WeightsError};
use crate::ops::UnknownKernelChoice;
use crate::train::{RunError, TrainError};

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
