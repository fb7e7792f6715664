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
    /// The batch size to take instead.
    pub smaller: SmallerBatch,
    /// What the device refused.
    pub source: GpuError,
}

/// The batch size to take where there is no memory for the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmallerBatch {
    /// The largest that needs no more than the device gave.
    Fits(usize),
    /// Half the present one, since the driver does not tell how much there is.
    Try(usize),
    /// None needs as little as the device gave.
    None,
}

impl SmallerBatch {
    /// What to try in the place of `batch_size` where it is not known what would fit.
    pub(super) fn half(batch_size: usize) -> Self {
        match batch_size / 2 {
            0 => Self::None,
            half => Self::Try(half),
        }
    }
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
        let Self { bytes, batch_size, largest, smaller, .. } = self;
        let parts: Vec<String> = largest.iter().map(|item| format!("{} ({} bytes)", item.label, item.bytes)).collect();
        write!(
            f,
            "the GPU has no memory for this training, which takes {bytes} bytes at batch size {batch_size}; its largest \
             parts are: {}; ",
            parts.join(", ")
        )?;
        match smaller {
            SmallerBatch::Fits(fits) => write!(f, "a batch size of {fits} would fit"),
            SmallerBatch::Try(half) => write!(
                f,
                "how much there is for it the driver does not tell: try a batch size of {half}, or close other programs that \
                 use the GPU"
            ),
            SmallerBatch::None => write!(
                f,
                "no smaller batch size would fit: take a smaller model or fewer pictures, or close other programs that \
                 use the GPU"
            ),
        }
    }
}

/// The refusal of the device in `error`, with the bytes that all buffers had then, where it refused another one; `error`
/// itself where it is another.
pub(super) fn refused_memory(error: TrainError) -> Result<(GpuError, Option<u64>), TrainError> {
    match error {
        TrainError::Gpu(source) | TrainError::Plan(PlanError::Gpu(source)) => match source {
            GpuError::OutOfMemory { allocated, .. } => Ok((source, Some(allocated))),
            GpuError::NoMemoryForWork { .. } => Ok((source, None)),
            source => Err(source.into()),
        },
        error => Err(error),
    }
}
