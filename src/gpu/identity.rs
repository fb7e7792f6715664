//! What tells one adapter with its driver from another, in files.

use serde::{Deserialize, Serialize};

use super::Gpu;

/// An adapter with its driver. What was found out about one does not hold for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AdapterIdentity {
    adapter: String,
    backend: String,
    driver: String,
}

impl AdapterIdentity {
    /// That of the adapter that the device was opened on.
    pub(crate) fn of(gpu: &Gpu) -> Self {
        Self::from_info(gpu.adapter_info())
    }

    pub(super) fn from_info(info: &wgpu::AdapterInfo) -> Self {
        Self {
            adapter: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            driver: format!("{} {}", info.driver, info.driver_info),
        }
    }
}
