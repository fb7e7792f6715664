//! The mean of every window.

use ocellus::check::{Bench, compare};
use ocellus::ops::AveragePooling2d;
use ocellus::reference;
use ocellus::shape::{Padding, Window};
use pollster::block_on;
use proptest::prelude::*;

use crate::geometry::{batches, channels, windows};
use crate::support::{cases, gpu, numbers, wide};

fn check(batch: usize, window: Window, channels: usize) {
    let Some(gpu) = gpu() else { return };
    let op = AveragePooling2d { batch, window, channels };
    let taps = window.rows.window * window.columns.window;
    let x = numbers(1, batch * window.input_pixels() * channels);
    let dout = numbers(2, batch * window.output_pixels() * channels);
    let mut bench = Bench::new();
    let (x_view, dout_view) = (bench.input("x", &x), bench.input("dout", &dout));
    let (out, dx) = (bench.output("out", dout.len()), bench.output("dx", x.len()));
    op.forward(bench.recording(), x_view, out);
    op.gradient(bench.recording(), dout_view, dx);
    let results = block_on(bench.run(&gpu)).unwrap();
    let expected = reference::average_pooling2d::forward(batch, &window, channels, &wide(&x));
    compare(&results.get::<f32>(out), &expected, taps).unwrap();
    let expected = reference::average_pooling2d::gradient(batch, &window, channels, &wide(&dout));
    compare(&results.get::<f32>(dx), &expected, taps).unwrap();
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn average_pooling2d_agrees_with_the_reference(batch in batches(), window in windows(1), channels in channels()) {
        check(batch, window, channels);
    }
}

#[test]
fn average_pooling2d_does_not_count_padding() {
    let Some(gpu) = gpu() else { return };
    let window = Window::new([3, 3], [2, 2], [2, 2], [1, 1], Padding::Same).unwrap();
    let mut bench = Bench::new();
    let x = bench.input("x", &[0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let out = bench.output("out", 4);
    AveragePooling2d { batch: 1, window, channels: 1 }.forward(bench.recording(), x, out);
    let results = block_on(bench.run(&gpu)).unwrap();
    assert_eq!(results.get::<f32>(out), [2.0, 3.5, 6.5, 8.0]);
}
