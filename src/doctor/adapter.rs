//! The adapter in a report.

use serde::Serialize;

use crate::gpu::Gpu;

/// An adapter as it tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// Name, type, backend and driver in one line.
    pub line: String,
    /// Its name by the driver.
    pub name: String,
    /// vulkan, metal, dx12 or gl.
    pub backend: String,
    /// The driver's name.
    pub driver: String,
    /// The driver's version.
    pub driver_version: String,
    /// The maker's number on the PCI bus; 0 where there is none.
    pub vendor: u32,
    /// The device's number there.
    pub device: u32,
    /// Whether it computes on the CPU.
    pub software: bool,
    /// The size of its subgroups, where shaders can use them and all are of one size.
    pub subgroup_size: Option<u32>,
    /// The bytes that a shader can bind at a time.
    pub max_binding_bytes: u64,
    /// The bytes of the largest buffer.
    pub max_buffer_bytes: u64,
}

impl Adapter {
    pub(super) fn of(gpu: &Gpu) -> Self {
        let (info, limits) = (gpu.adapter_info(), gpu.limits());
        Self {
            line: gpu.adapter_line(),
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            driver: info.driver.clone(),
            driver_version: info.driver_info.clone(),
            vendor: info.vendor,
            device: info.device,
            software: gpu.is_software(),
            subgroup_size: gpu.subgroup_size(),
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_buffer_bytes: limits.max_buffer_size,
        }
    }
}
