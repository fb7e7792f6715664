//! The mean of every channel over the whole picture.

use ocellus::check::{Bench, compare};
use ocellus::ops::GlobalAveragePooling2d;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::geometry::{batches, channels};
use crate::support::{cases, gpu, numbers, wide};

fn check(batch: usize, pixels: usize, channels: usize) {
    let Some(gpu) = gpu() else { return };
    let op = GlobalAveragePooling2d { batch, pixels, channels };
    let (x, dout) = (numbers(1, batch * pixels * channels), numbers(2, batch * channels));
    let mut bench = Bench::new();
    let (x_view, dout_view) = (bench.input("x", &x), bench.input("dout", &dout));
    let (out, dx) = (bench.output("out", dout.len()), bench.output("dx", x.len()));
    op.forward(bench.recording(), x_view, out);
    op.gradient(bench.recording(), dout_view, dx);
    let results = block_on(bench.run(&gpu)).unwrap();
    let expected = reference::global_average_pooling2d::forward(batch, pixels, channels, &wide(&x));
    compare(&results.get::<f32>(out), &expected, pixels).unwrap();
    let expected = reference::global_average_pooling2d::gradient(batch, pixels, channels, &wide(&dout));
    compare(&results.get::<f32>(dx), &expected, 1).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn global_average_pooling2d_agrees_with_the_reference(
        batch in batches(),
        pixels in prop::sample::select(&[1usize, 3, 7, 49, 289][..]),
        channels in channels(),
    ) {
        check(batch, pixels, channels);
    }
}
