//! The mean of every window.

use ocellus::check::Bench;
use ocellus::doctor::sweep::average_pooling2d::case;
use ocellus::ops::AveragePooling2d;
use ocellus::shape::{Padding, Window};
use pollster::block_on;
use proptest::prelude::*;

use crate::geometry::{batches, channels, windows};
use crate::support::{cases, check, gpu};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn average_pooling2d_agrees_with_the_reference(batch in batches(), window in windows(1), channels in channels()) {
        check(&case(AveragePooling2d { batch, window, channels }));
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
