//! Batches out of the packed set.

use ocellus::check::{Bench, compare};
use ocellus::ops::{GatherImages, GatherLabels, Shard, StepRecord};
use ocellus::random::{self, Stream};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu};

#[derive(Clone, Copy, Debug)]
struct Case {
    batch: usize,
    image_elements: usize,
    first_sample: usize,
    /// Images in each shard.
    shards: [usize; 2],
}

impl Case {
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

    fn step(self) -> StepRecord {
        StepRecord { first_sample: self.first_sample as u32, ..Default::default() }
    }
}

fn check(case: Case) {
    let Some(gpu) = gpu() else { return };
    let Case { batch, image_elements, .. } = case;
    let labels: Vec<u32> = (0..case.images()).map(|image| 1000 + image as u32).collect();
    let mut bench = Bench::new();
    bench.set_step(case.step());
    let (order, labels_view) = (bench.input("order", &case.order()), bench.input("labels", &labels));
    let out = bench.output("images", batch * image_elements);
    let out_labels = bench.output("labels of the batch", batch);
    let mut first_image = 0;
    for images in case.shards {
        let packed = bench.input("shard", &case.packed(first_image, images));
        let gather = GatherImages { batch, image_elements, shard: Shard { first_image, images } };
        gather.record(bench.recording(), packed, order, out);
        first_image += images;
    }
    GatherLabels { batch }.record(bench.recording(), labels_view, order, out_labels);
    let results = block_on(bench.run(&gpu)).unwrap();
    let samples = case.order().split_off(case.first_sample);
    let expected: Vec<f64> = samples
        .iter()
        .flat_map(|&sample| (0..image_elements).map(move |i| f64::from(case.byte(sample as usize, i)) / 255.0))
        .collect();
    compare(&results.get::<f32>(out), &expected, 1).unwrap();
    assert_eq!(results.get::<u32>(out_labels), samples.iter().map(|s| 1000 + s).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn gather_takes_the_samples_of_the_order(
        batch in 1usize..20,
        image_elements in 1usize..100,
        first_sample in 0usize..50,
        shards in [1usize..40, 1usize..40],
    ) {
        check(Case { batch, image_elements, first_sample, shards });
    }
}

#[test]
fn gather_takes_pictures_of_odd_sizes() {
    for image_elements in [1, 3, 7, 17, 65, 3072] {
        check(Case { batch: 3, image_elements, first_sample: 1, shards: [2, 5] });
    }
}

#[test]
fn gather_leaves_the_rows_of_other_shards_alone() {
    let Some(gpu) = gpu() else { return };
    let mut bench = Bench::new();
    let packed = bench.input("shard", &[0xff00_00ffu32, 0x0000_ff00]);
    let order = bench.input("order", &[4u32, 6, 7, 5, 0]);
    let out = bench.input("out", &[-1.0f32; 10]);
    GatherImages { batch: 5, image_elements: 2, shard: Shard { first_image: 5, images: 2 } }.record(
        bench.recording(),
        packed,
        order,
        out,
    );
    let results = block_on(bench.run(&gpu)).unwrap();
    assert_eq!(results.get::<f32>(out), [-1.0, -1.0, 0.0, 1.0, -1.0, -1.0, 1.0, 0.0, -1.0, -1.0]);
}
