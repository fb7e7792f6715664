//! Named buffers that the device's account knows of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::device::Ledger;
use super::{Gpu, GpuError};

/// A named range of GPU memory, zero at first. Clones share the memory.
#[derive(Clone, Debug)]
pub struct Buffer {
    shared: Arc<Owned>,
}

#[derive(Debug)]
struct Owned {
    raw: wgpu::Buffer,
    label: String,
    ledger: Arc<Ledger>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.ledger.bytes.fetch_sub(self.raw.size(), Ordering::Relaxed);
    }
}

impl Buffer {
    /// A buffer that shaders read and write and that can be copied to and from, of at least `bytes` bytes.
    pub fn storage(gpu: &Gpu, label: &str, bytes: u64) -> Result<Self, GpuError> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let limit = gpu.limits().max_storage_buffer_binding_size.min(gpu.limits().max_buffer_size);
        Self::create(gpu, label, bytes, usage, limit)
    }

    /// A storage buffer that holds `contents`.
    pub fn with_contents<T: bytemuck::NoUninit>(gpu: &Gpu, label: &str, contents: &[T]) -> Result<Self, GpuError> {
        let buffer = Self::storage(gpu, label, size_of_val(contents) as u64)?;
        buffer.write(gpu, 0, contents)?;
        Ok(buffer)
    }

    /// A buffer of uniforms.
    pub fn uniform(gpu: &Gpu, label: &str, bytes: u64) -> Result<Self, GpuError> {
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        Self::create(gpu, label, bytes, usage, gpu.limits().max_buffer_size)
    }

    /// A buffer into which the device's queries are resolved.
    pub(super) fn queries(gpu: &Gpu, label: &str, bytes: u64) -> Result<Self, GpuError> {
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        Self::create(gpu, label, bytes, usage, gpu.limits().max_buffer_size)
    }

    /// A buffer that the host can map to read what was copied there.
    pub(super) fn staging(gpu: &Gpu, label: &str, bytes: u64) -> Result<Self, GpuError> {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        Self::create(gpu, label, bytes, usage, gpu.limits().max_buffer_size)
    }

    fn create(gpu: &Gpu, label: &str, bytes: u64, usage: wgpu::BufferUsages, limit: u64) -> Result<Self, GpuError> {
        gpu.check_alive()?;
        let size = Self::size_for(bytes);
        if size > limit {
            return Err(GpuError::TooLarge { label: label.to_owned(), bytes: size, limit });
        }
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        let (raw, error) = gpu.catch(|| gpu.device().create_buffer(&descriptor));
        if let Some(error) = error.or_else(|| gpu.faults().of_memory(gpu.allocated_bytes() + size)) {
            return Err(gpu.refused(label, Some(size), &error));
        }
        gpu.ledger().bytes.fetch_add(size, Ordering::Relaxed);
        gpu.ledger().created.fetch_add(1, Ordering::Relaxed);
        Ok(Self { shared: Arc::new(Owned { raw, label: label.to_owned(), ledger: gpu.ledger().clone() }) })
    }

    /// The bytes that a buffer for `bytes` really takes: a multiple of 16, so that it can be read as vec4, at least 16.
    pub fn size_for(bytes: u64) -> u64 {
        bytes.max(1).next_multiple_of(16)
    }

    /// The name it was created under.
    pub fn label(&self) -> &str {
        &self.shared.label
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.shared.raw.size()
    }

    /// The wgpu buffer, for programs that share the device.
    pub fn raw(&self) -> &wgpu::Buffer {
        &self.shared.raw
    }

    /// Writes `contents` from byte `offset` on, before the next submission runs.
    pub fn write<T: bytemuck::NoUninit>(&self, gpu: &Gpu, offset: u64, contents: &[T]) -> Result<(), GpuError> {
        gpu.check_alive()?;
        let bytes: &[u8] = bytemuck::cast_slice(contents);
        // wgpu copies whole words; the rest of the last word belongs to the buffer's own padding.
        let whole = bytes.len() / 4 * 4;
        let ((), error) = gpu.catch(|| {
            gpu.queue().write_buffer(self.raw(), offset, &bytes[..whole]);
            if whole < bytes.len() {
                let mut word = [0; 4];
                word[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
                gpu.queue().write_buffer(self.raw(), offset + whole as u64, &word);
            }
        });
        match error {
            Some(error) => Err(gpu.refused(&format!("write to {}", self.label()), Some(bytes.len() as u64), &error)),
            None => Ok(()),
        }
    }
}
