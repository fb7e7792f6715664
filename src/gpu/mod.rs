//! The device: adapters, buffers, kernels, recordings and readback. Knows nothing of networks.
//!
//! Everything above this room appends commands to a [`Recording`]; only this room talks to the device.

mod adapter;
mod buffer;
mod device;
mod error;
mod execution;
mod failed;
#[doc(hidden)]
pub mod fault;
mod identity;
mod kernel;
mod noop;
mod readback;
mod recording;
mod shaders;
mod timer;

pub use adapter::{
    AdapterDescription, AdapterLimits, AdapterRequest, LimitsRequest, list_adapters, searched as searched_backends,
};
pub use buffer::Buffer;
pub use device::Gpu;
pub use error::GpuError;
pub use execution::{Prepared, Submission, Submitted};
pub use failed::FailedKernels;
pub(crate) use identity::AdapterIdentity;
pub(crate) use kernel::kernel;
pub use kernel::{Constant, Kernel, Specialization};
pub use readback::Readback;
pub use recording::{Command, Dispatch, Recording, View, WORKGROUP_SIZE};
pub use shaders::shader_files;
pub use timer::Timer;

/// Buffer offsets that are bound must be multiples of this many bytes on every adapter (WebGPU's default limit).
pub const OFFSET_ALIGNMENT: u64 = 256;

/// `bytes` rounded up to the next offset that may be bound.
pub fn align_offset(bytes: u64) -> u64 {
    bytes.next_multiple_of(OFFSET_ALIGNMENT)
}
