//! Batches out of the packed set.

use ocellus::check::Bench;
use ocellus::doctor::sweep::gather::{Batch, case};
use ocellus::ops::{GatherImages, Shard};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn gather_takes_the_samples_of_the_order(
        batch in 1usize..20,
        image_elements in 1usize..100,
        first_sample in 0usize..50,
        shards in [1usize..40, 1usize..40],
    ) {
        check(&case(Batch { batch, image_elements, first_sample, shards }));
    }
}

#[test]
fn gather_takes_pictures_of_odd_sizes() {
    for image_elements in [1, 3, 7, 17, 65, 3072] {
        check(&case(Batch { batch: 3, image_elements, first_sample: 1, shards: [2, 5] }));
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
