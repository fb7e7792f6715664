//! A dataset on the GPU: images as u8, four to a word, in as many buffers as the device's limits ask for.

use super::Dataset;
use crate::gpu::{Buffer, Gpu, GpuError};
use crate::ops::{ELEMENT_BYTES, Shard};

/// How a dataset will stand on the GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidentLayout {
    shards: Vec<Shard>,
    picture_bytes: usize,
    samples: usize,
}

/// A dataset on the GPU.
#[derive(Clone, Debug)]
pub struct ResidentDataset {
    images: Vec<Buffer>,
    labels: Buffer,
    order: Buffer,
}

/// Bytes that are on their way to the GPU at a time, so that an upload takes little memory beside the dataset itself.
const UPLOAD_BYTES: usize = 8 << 20;

impl ResidentLayout {
    /// The layout of `dataset` on a device that binds at most `max_binding_bytes`.
    pub fn new(dataset: &Dataset, max_binding_bytes: u64) -> Self {
        // A picture is padded to whole words, so that none shares a word with the next.
        let picture_bytes = dataset.shape().iter().product::<usize>().next_multiple_of(4);
        let samples = dataset.len();
        // A picture larger than a binding is refused when its buffer is made.
        let per_shard = (max_binding_bytes as usize / picture_bytes).max(1);
        let shards = (0..samples)
            .step_by(per_shard)
            .map(|first_image| Shard { first_image, images: per_shard.min(samples - first_image) })
            .collect();
        Self { shards, picture_bytes, samples }
    }

    /// The images' parts, one buffer each.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> u64 {
        let images = self.shards.iter().map(|shard| Buffer::size_for((shard.images * self.picture_bytes) as u64));
        images.sum::<u64>() + 2 * Buffer::size_for(self.samples as u64 * ELEMENT_BYTES)
    }

    /// Whether `dataset` has as many pictures, of the same size, as the one that the layout was made for.
    pub fn fits(&self, dataset: &Dataset) -> bool {
        let picture_bytes = dataset.shape().iter().product::<usize>().next_multiple_of(4);
        dataset.len() == self.samples && picture_bytes == self.picture_bytes
    }

    /// Uploads `dataset`, the one that the layout was made for, to be taken in its own order at first.
    pub fn upload(&self, gpu: &Gpu, dataset: &Dataset) -> Result<ResidentDataset, GpuError> {
        let mut images = Vec::new();
        for shard in &self.shards {
            let buffer = Buffer::storage(gpu, "images", (shard.images * self.picture_bytes) as u64)?;
            let per_piece = (UPLOAD_BYTES / self.picture_bytes).max(1);
            for first in (0..shard.images).step_by(per_piece) {
                let mut piece = Vec::with_capacity(UPLOAD_BYTES);
                for image in first..(first + per_piece).min(shard.images) {
                    piece.extend_from_slice(dataset.image(shard.first_image + image));
                    piece.resize(piece.len().next_multiple_of(4), 0);
                }
                buffer.write(gpu, (first * self.picture_bytes) as u64, &piece)?;
                gpu.flush()?;
            }
            images.push(buffer);
        }
        let labels = Buffer::with_contents(gpu, "labels", dataset.labels())?;
        let order: Vec<u32> = (0..self.samples as u32).collect();
        let order = Buffer::with_contents(gpu, "order", &order)?;
        Ok(ResidentDataset { images, labels, order })
    }
}

impl ResidentDataset {
    /// The images, part by part.
    pub fn images(&self) -> &[Buffer] {
        &self.images
    }

    /// The labels, u32.
    pub fn labels(&self) -> &Buffer {
        &self.labels
    }

    /// The order in which samples are taken, u32.
    pub fn order(&self) -> &Buffer {
        &self.order
    }
}
