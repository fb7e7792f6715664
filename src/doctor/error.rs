//! What keeps an adapter from being examined.

use std::io;
use std::path::PathBuf;

use crate::data::DataError;
use crate::gpu::GpuError;
use crate::model::ModelError;
use crate::train::TrainError;

/// An error that ends an examination: a wrong kernel does not, it is in the report.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The digits in the program cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A model cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A training ended.
    #[error("a short training failed")]
    Train(#[from] TrainError),
    /// There is no op of this name.
    #[error("there is no op '{op}' to examine; there are {known}")]
    Op {
        /// The name.
        op: String,
        /// The names of all ops.
        known: String,
    },
    /// The list of kernels that failed cannot be written.
    #[error("cannot write the list of kernels that failed to {}; set OCELLUS_CACHE to a folder that can be written", path.display())]
    List {
        /// Its place.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// An error with its causes in a line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
