//! The largest value in every window.

use ocellus::check::Bench;
use ocellus::doctor::sweep::max_pooling2d::{case, coarse};
use ocellus::gpu::Gpu;
use ocellus::ops::MaxPooling2d;
use ocellus::shape::{Padding, Window};
use pollster::block_on;
use proptest::prelude::*;

use crate::geometry::{batches, channels, windows};
use crate::support::{cases, check, gpu, numbers};

/// Output and winners; fails unless the kernel without winners gives the same bits.
fn forward(gpu: &Gpu, op: MaxPooling2d, x: &[f32]) -> (Vec<f32>, Vec<u32>) {
    let elements = op.batch * op.window.output_pixels() * op.channels;
    let mut bench = Bench::new();
    let x = bench.input("x", x);
    let (out, winners) = (bench.output("out", elements), bench.output("winners", elements));
    let alone = bench.output("out without winners", elements);
    op.forward(bench.recording(), x, out, Some(winners));
    op.forward(bench.recording(), x, alone, None);
    let results = block_on(bench.run(gpu)).unwrap();
    assert_eq!(results.get::<u32>(alone), results.get::<u32>(out));
    (results.get(out), results.get(winners))
}

fn gradient(gpu: &Gpu, op: MaxPooling2d, dout: &[f32], winners: &[u32]) -> Vec<f32> {
    let mut bench = Bench::new();
    let (dout, winners) = (bench.input("dout", dout), bench.input("winners", winners));
    let dx = bench.output("dx", op.batch * op.window.input_pixels() * op.channels);
    op.gradient(bench.recording(), dout, winners, dx);
    block_on(bench.run(gpu)).unwrap().get(dx)
}

/// One picture, of one channel and of four equal ones: each has its own kernels.
fn pictures(input: [usize; 2], size: usize, stride: usize, padding: Padding) -> [MaxPooling2d; 2] {
    let window = Window::new(input, [size; 2], [stride; 2], [1, 1], padding).unwrap();
    [1, 4].map(|channels| MaxPooling2d { batch: 1, window, channels })
}

/// Every value once for each of `channels` channels.
fn each<T: Copy>(values: &[T], channels: usize) -> Vec<T> {
    values.iter().flat_map(|&value| vec![value; channels]).collect()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn max_pooling2d_agrees_with_the_reference(batch in batches(), window in windows(1), channels in channels()) {
        let x = numbers(1, batch * window.input_pixels() * channels);
        let op = MaxPooling2d { batch, window, channels };
        check(&case(op, &coarse(&x)));
        check(&case(op, &x));
    }
}

#[test]
fn max_pooling2d_gives_the_whole_gradient_to_the_first_of_tied_maxima() {
    let Some(gpu) = gpu() else { return };
    for op in pictures([2, 4], 2, 2, Padding::Valid) {
        let each = |values: &[f32]| each(values, op.channels);
        let (out, winners) = forward(&gpu, op, &each(&[0.0, 1.0, 5.0, 5.0, 1.0, 1.0, 5.0, 5.0]));
        assert_eq!(out, each(&[1.0, 5.0]));
        let dx = gradient(&gpu, op, &each(&[3.0, 7.0]), &winners);
        assert_eq!(dx, each(&[0.0, 3.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    }
}

#[test]
fn max_pooling2d_adds_the_gradients_of_overlapping_windows() {
    let Some(gpu) = gpu() else { return };
    for op in pictures([3, 3], 2, 1, Padding::Valid) {
        let each = |values: &[f32]| each(values, op.channels);
        let (_, winners) = forward(&gpu, op, &each(&[0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0]));
        let dx = gradient(&gpu, op, &each(&[1.0, 2.0, 4.0, 8.0]), &winners);
        assert_eq!(dx, each(&[0.0, 0.0, 0.0, 0.0, 15.0, 0.0, 0.0, 0.0, 0.0]));
    }
}

#[test]
fn max_pooling2d_never_lets_padding_win() {
    for op in pictures([2, 2], 3, 1, Padding::Same) {
        check(&case(op, &each(&[-4.0, -3.0, -2.0, -1.0], op.channels)));
        check(&case(op, &each(&[f32::NEG_INFINITY; 4], op.channels)));
        check(&case(op, &each(&[f32::MIN, f32::NEG_INFINITY, f32::INFINITY, f32::MAX], op.channels)));
    }
}

#[test]
fn max_pooling2d_lets_no_nan_vanish() {
    let Some(gpu) = gpu() else { return };
    for op in pictures([2, 2], 2, 2, Padding::Valid) {
        for place in 0..4 {
            for other in [0.0, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = [other; 4];
                x[place] = f32::NAN;
                let (out, winners) = forward(&gpu, op, &each(&x, op.channels));
                assert!(out.iter().all(|out| out.is_nan()), "{out:?} from {x:?}");
                assert_eq!(winners, each(&[place as u32], op.channels));
            }
        }
    }
}
