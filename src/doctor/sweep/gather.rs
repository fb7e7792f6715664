//! Batches out of the packed set.

use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{GatherImages, GatherLabels, Shard, StepRecord};
use crate::random::{self, Stream};

/// A batch out of a made-up set.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Its samples.
    pub batch: usize,
    /// Bytes of an image.
    pub image_elements: usize,
    /// Where the batch begins in the order.
    pub first_sample: usize,
    /// Images in each shard.
    pub shards: [usize; 2],
}

impl Batch {
    fn images(self) -> usize {
        self.shards.iter().sum()
    }

    fn byte(self, image: usize, element: usize) -> u8 {
        random::bits(1, Stream::Shuffle, image as u32, element as u32) as u8
    }

    /// Some samples of the set in no order, the batch's among them.
    fn order(self) -> Vec<u32> {
        let samples = 0..self.first_sample + self.batch;
        samples.map(|i| random::bits(2, Stream::Shuffle, 0, i as u32) % self.images() as u32).collect()
    }

    /// The images of a shard; what fills up the last word is no image's.
    fn packed(self, first_image: usize, images: usize) -> Vec<u32> {
        let words = self.image_elements.div_ceil(4);
        let byte = |image: usize, element: usize| {
            if element < self.image_elements { self.byte(image, element) } else { 0xee }
        };
        (first_image..first_image + images)
            .flat_map(|image| {
                (0..words).map(move |word| u32::from_le_bytes([0, 1, 2, 3].map(|i| byte(image, 4 * word + i))))
            })
            .collect()
    }
}

/// Pictures from both shards, and labels.
pub fn case(of: Batch) -> Case {
    let Batch { batch, image_elements, first_sample, shards } = of;
    let labels: Vec<u32> = (0..of.images()).map(|image| 1000 + image as u32).collect();
    let mut case = Case::new(of);
    case.bench.set_step(StepRecord { first_sample: first_sample as u32, ..Default::default() });
    let (order, labels_view) = (case.bench.input("order", &of.order()), case.bench.input("labels", &labels));
    let out = case.bench.output("images", batch * image_elements);
    let out_labels = case.bench.output("labels of the batch", batch);
    let mut first_image = 0;
    for images in shards {
        let packed = case.bench.input("shard", &of.packed(first_image, images));
        let gather = GatherImages { batch, image_elements, shard: Shard { first_image, images } };
        gather.record(case.bench.recording(), packed, order, out);
        first_image += images;
    }
    GatherLabels { batch }.record(case.bench.recording(), labels_view, order, out_labels);
    let samples = of.order().split_off(first_sample);
    let expected: Vec<f64> = samples
        .iter()
        .flat_map(|&sample| (0..image_elements).map(move |i| f64::from(of.byte(sample as usize, i)) / 255.0))
        .collect();
    case.agrees(out, "images", expected, 1);
    case.equals(out_labels, "labels", &samples.iter().map(|s| 1000 + s).collect::<Vec<_>>());
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let of = |image_elements| Batch { batch: 3, image_elements, first_sample: 1, shards: [2, 5] };
    let large = Batch { batch: 65, image_elements: 147, first_sample: 40, shards: [39, 40] };
    planned(extent, [1, 7, 67].map(of), [of(3), of(17), of(3072), large], case)
}
