//! What can go wrong between the program and the device.

/// An error of the GPU layer; each message says what was wrong and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// There is no adapter at all.
    #[error(
        "no GPU adapter was found ({searched}); install a Vulkan, Metal or DX12 driver \
         (on Linux `./setup` installs Mesa's software driver) or check WGPU_BACKEND"
    )]
    NoAdapter {
        /// The backends that were searched.
        searched: String,
    },
    /// The adapter that was asked for is not there.
    #[error("no adapter matches '{wanted}'; there are: {available}; `ocellus devices` lists them")]
    UnknownAdapter {
        /// The number or name that was asked for.
        wanted: String,
        /// The adapters there are.
        available: String,
    },
    /// The adapter cannot run compute shaders within WebGPU's default limits.
    #[error("adapter '{adapter}' cannot be used: {reason}; choose another with --adapter")]
    Unsuitable {
        /// The adapter's name.
        adapter: String,
        /// What it lacks.
        reason: String,
    },
    /// The driver refused to open a device.
    #[error("adapter '{adapter}' refused to open a device; update its driver or choose another with --adapter")]
    RequestDevice {
        /// The adapter's name.
        adapter: String,
        /// The driver's own words.
        source: wgpu::RequestDeviceError,
    },
    /// A buffer is larger than the device allows.
    #[error(
        "buffer '{label}' needs {bytes} bytes but this device binds at most {limit}; \
         use a smaller batch or model, or an adapter with larger limits"
    )]
    TooLarge {
        /// The buffer's name.
        label: String,
        /// Its size in bytes.
        bytes: u64,
        /// The device's limit in bytes.
        limit: u64,
    },
    /// The device has no memory left.
    #[error(
        "the GPU is out of memory: buffer '{label}' of {bytes} bytes on top of {allocated} bytes; \
         use a smaller batch size, or close other programs that use the GPU"
    )]
    OutOfMemory {
        /// The buffer that could not be had.
        label: String,
        /// Its size in bytes.
        bytes: u64,
        /// What was already allocated through this device, in bytes.
        allocated: u64,
    },
    /// The device has no memory left for work on its way; how much it wanted the driver does not tell.
    #[error(
        "the GPU is out of memory for '{action}' on top of buffers of {allocated} bytes, and the driver does not tell how \
         much it lacks; use a smaller batch size, or close other programs that use the GPU"
    )]
    NoMemoryForWork {
        /// What was being done.
        action: String,
        /// What is allocated through this device, in bytes.
        allocated: u64,
    },
    /// The device is gone.
    #[error(
        "the GPU device was lost: {reason}; the driver may have been reset or the GPU removed: \
         start the program again from the weights on disk"
    )]
    DeviceLost {
        /// The driver's own words.
        reason: String,
    },
    /// A shader does not parse, validate or compile on this device.
    #[error(
        "kernel {kernel} does not compile on this device: {reason}; please report this with `ocellus devices --json`"
    )]
    Kernel {
        /// The kernel with its constants.
        kernel: String,
        /// The compiler's words.
        reason: String,
    },
    /// A command and its kernel do not fit together: a defect of this program.
    #[error("command '{command}' does not fit its kernel: {reason}; this is a defect of ocellus, please report it")]
    Command {
        /// The command's name.
        command: String,
        /// What does not fit.
        reason: String,
    },
    /// The device refused a call.
    #[error("the GPU refused '{action}': {reason}")]
    Refused {
        /// What was being done.
        action: String,
        /// wgpu's own words.
        reason: String,
    },
}
