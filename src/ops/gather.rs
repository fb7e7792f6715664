//! A batch out of the whole set, in the epoch's order: row r takes sample `order[first_sample + r]`, where the step's
//! record says which the first one is.

use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// One word, four elements, per invocation.
    struct Images("gather/images") {}
}

kernel! {
    /// One label per invocation.
    struct Labels("gather/labels") {}
}

/// Bytes per word in which images are packed.
const WORD: usize = 4;

/// The part of a dataset's images that one buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of its first image.
    pub first_image: usize,
    /// How many it holds.
    pub images: usize,
}

/// The images of a batch, as far as they are in one shard of the set.
///
/// A set that does not fit one binding lies in several shards: one dispatch for each writes its own rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatherImages {
    /// The number of rows of the batch.
    pub batch: usize,
    /// Height * width * channels.
    pub image_elements: usize,
    /// The part of the dataset that the packed buffer holds.
    pub shard: Shard,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ImagesParams {
    batch: u32,
    image_elements: u32,
    image_words: u32,
    first_image: u32,
    images: u32,
}

impl GatherImages {
    /// Appends `out[r, i] = byte i of the image / 255` for the rows whose image is in the shard; the other rows stay as
    /// they are.
    ///
    /// `packed` holds the shard's images one after the other, each in whole words of four bytes, the first byte lowest,
    /// the last word filled up; `order` holds u32; `out` has the shape (batch, image_elements).
    pub fn record(self, recording: &mut Recording, packed: View, order: View, out: View) {
        let image_words = self.image_elements.div_ceil(WORD);
        let params = ImagesParams {
            batch: self.batch as u32,
            image_elements: self.image_elements as u32,
            image_words: image_words as u32,
            first_image: self.shard.first_image as u32,
            images: self.shard.images as u32,
        };
        recording.dispatch(Dispatch {
            label: "gather: images".to_owned(),
            kernel: Images {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("packed", packed), ("order", order), ("out", out)],
            invocations: self.batch * image_words,
        });
    }
}

/// The labels of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatherLabels {
    /// The number of rows of the batch.
    pub batch: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct LabelsParams {
    batch: u32,
}

impl GatherLabels {
    /// Appends `out[r] = labels[order[first_sample + r]]`, all of u32; `out` has the shape (batch).
    pub fn record(self, recording: &mut Recording, labels: View, order: View, out: View) {
        recording.dispatch(Dispatch {
            label: "gather: labels".to_owned(),
            kernel: Labels {}.into(),
            params: bytemuck::bytes_of(&LabelsParams { batch: self.batch as u32 }),
            bindings: &[("labels", labels), ("order", order), ("out", out)],
            invocations: self.batch,
        });
    }
}
