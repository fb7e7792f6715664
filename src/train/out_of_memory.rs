//! A training for which the device has no memory.

use std::fmt;

use super::TrainError;
use crate::gpu::GpuError;
use crate::plan::{MemoryItem, PlanError};

/// What a training would take, and what it could do with less.
#[derive(Debug)]
pub struct OutOfMemory {
    /// All that it takes.
    pub bytes: u64,
    /// Its batch size.
    pub batch_size: usize,
    /// Its largest parts, the largest first.
    pub largest: Vec<MemoryItem>,
    /// The largest batch size that needs no more than the device gave; `None` where none does.
    pub fits: Option<usize>,
    /// What the device refused.
    pub source: GpuError,
}

impl OutOfMemory {
    /// How many parts are named.
    pub(super) const LARGEST: usize = 3;
}

impl std::error::Error for OutOfMemory {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, batch_size, largest, fits, .. } = self;
        let parts: Vec<String> = largest.iter().map(|item| format!("{} ({} bytes)", item.label, item.bytes)).collect();
        write!(
            f,
            "the GPU has no memory for this training, which takes {bytes} bytes at batch size {batch_size}; its largest \
             parts are: {}; ",
            parts.join(", ")
        )?;
        match fits {
            Some(fits) => write!(f, "a batch size of {fits} would fit"),
            None => write!(
                f,
                "no smaller batch size would fit: take a smaller model or fewer pictures, or close other programs that \
                 use the GPU"
            ),
        }
    }
}

/// The refusal of the device in `error` with the bytes that it refused and those that it had given before; `error` itself
/// where it is another.
pub(super) fn refused_memory(error: TrainError) -> Result<(GpuError, u64, u64), TrainError> {
    match error {
        TrainError::Gpu(source) | TrainError::Plan(PlanError::Gpu(source)) => match source {
            GpuError::OutOfMemory { bytes, allocated, .. } => Ok((source, bytes, allocated)),
            source => Err(source.into()),
        },
        error => Err(error),
    }
}
