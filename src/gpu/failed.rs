//! Kernels that were found wrong on an adapter and must not be chosen there.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::shaders;
use super::{AdapterIdentity, Gpu};

/// Kernels that failed a check, each with the adapter, the driver and the text that it failed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedKernels {
    entries: Vec<Entry>,
}

/// A kernel on an adapter. With another driver, or another text, it is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    adapter: AdapterIdentity,
    kernel: String,
    /// SHA-256 of the shader file and those that it uses.
    text: String,
}

impl Entry {
    /// The kernel as it is now on this adapter; `None` where there is no such kernel.
    fn new(info: &wgpu::AdapterInfo, kernel: &str) -> Option<Self> {
        let text = shaders::assemble(kernel, &[]).ok()?;
        let digest = Sha256::digest(text.as_bytes());
        Some(Self {
            adapter: AdapterIdentity::from_info(info),
            kernel: kernel.to_owned(),
            text: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

impl FailedKernels {
    /// Reads what [`FailedKernels::to_json`] wrote. What is no entry is passed over.
    pub fn from_json(text: &str) -> Self {
        let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        Self { entries: values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect() }
    }

    /// The list in JSON.
    pub fn to_json(&self) -> String {
        // Strings alone cannot fail to be written.
        serde_json::to_string_pretty(&self.entries).unwrap_or_default()
    }

    /// Puts a kernel that is wrong on this device on the list.
    pub fn insert(&mut self, gpu: &Gpu, kernel: &str) {
        self.entries.extend(Entry::new(gpu.adapter_info(), kernel).filter(|entry| !self.entries.contains(entry)));
    }

    /// Takes a kernel that is right on this device off the list.
    pub fn remove(&mut self, gpu: &Gpu, kernel: &str) {
        let right = Entry::new(gpu.adapter_info(), kernel);
        self.entries.retain(|entry| right.as_ref() != Some(entry));
    }

    /// Takes all that are in `right` off the list, and puts all that are in `wrong` on it.
    pub fn update(&mut self, right: &Self, wrong: &Self) {
        self.entries.retain(|entry| !right.entries.contains(entry));
        let new: Vec<Entry> = wrong.entries.iter().filter(|entry| !self.entries.contains(entry)).cloned().collect();
        self.entries.extend(new);
    }

    /// The names of those that failed on this adapter, as they are now, sorted.
    pub(super) fn on(&self, info: &wgpu::AdapterInfo) -> Vec<String> {
        let same = |entry: &&Entry| Entry::new(info, &entry.kernel).as_ref() == Some(*entry);
        let mut kernels: Vec<String> = self.entries.iter().filter(same).map(|entry| entry.kernel.clone()).collect();
        kernels.sort_unstable();
        kernels
    }
}
