//! A device that does nothing, on which the host's own work can be measured.

use super::Gpu;

impl Gpu {
    /// A device with all limits that takes everything and computes nothing: what comes back is not to be used. What a
    /// program spends on it is the host's time alone, wgpu's validation and encoding included, the driver's not.
    pub fn noop() -> Self {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor {
            label: Some("ocellus: noop"),
            ..wgpu::DeviceDescriptor::default()
        });
        Self::from_device(device, queue)
    }
}
