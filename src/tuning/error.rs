//! What can go wrong in measuring.

use crate::gpu::GpuError;

/// The device failed while kernels were measured.
#[derive(Debug, thiserror::Error)]
#[error("measuring the kernels for {pass} failed; --kernel-choice fixed measures none")]
pub struct TuningError {
    /// The pass.
    pub pass: String,
    /// Why.
    pub source: GpuError,
}
