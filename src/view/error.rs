//! What the pictures report.

use std::io;
use std::path::PathBuf;

use crate::explain::ExplainError;

/// Why a picture is not drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The file's ending names no format.
    #[error("{path} ends neither in .png nor in .svg; take one of these endings", path = .path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {path}; check that its folder is there, may be written and has room", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The picture is larger than can be painted.
    #[error("the picture would be {width} x {height} pixels, at most {most} in all are painted; draw less of it")]
    Size {
        /// Its width.
        width: u64,
        /// Its height.
        height: u64,
        /// The most pixels.
        most: u64,
    },
    /// There is no such value or picture.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// What is to be drawn does not go together.
    #[error("{what}: {reason}")]
    Numbers {
        /// What is to be drawn.
        what: &'static str,
        /// What does not fit.
        reason: String,
    },
}
