//! Classifies a stream of frames as a camera would give them, without allocating anything per frame. The frames are
//! drawn here: a disc that moves over a changing sky. A camera would fill the same slice.
//!
//! `cargo run --release --example camera`

use std::time::Instant;

use ocellus::gpu::{AdapterRequest, Gpu};
use ocellus::model::cifar10_weights;
use ocellus::train::{Blocking, Predictor};

const FRAMES: usize = 300;

/// A frame's height and width; the network's are a fifth of them.
const HEIGHT: usize = 160;
const WIDTH: usize = 160;
const SIDE: usize = 32;
const SCALE: usize = HEIGHT / SIDE;

/// Draws frame `number`: height, width and red, green, blue, a byte each.
fn draw(frame: &mut [u8], number: usize) {
    let time = number as f32 / 30.0;
    let (left, top) = (80.0 + 50.0 * time.cos(), 80.0 + 30.0 * (2.0 * time).sin());
    for (place, pixel) in frame.chunks_exact_mut(3).enumerate() {
        let (x, y) = ((place % WIDTH) as f32 - left, (place / WIDTH) as f32 - top);
        let sky = [90 + (place / WIDTH / 2) as u8, 140, 200 + (number / 6) as u8];
        pixel.copy_from_slice(if x * x + y * y < 900.0 { &[70, 60, 50] } else { &sky });
    }
}

/// Brings a frame to the size that the network takes: the mean of each square of pixels.
fn shrink(frame: &[u8], small: &mut [u8]) {
    for (place, value) in small.iter_mut().enumerate() {
        let (row, column, channel) = (place / 3 / SIDE, place / 3 % SIDE, place % 3);
        let rows = (row * SCALE..).take(SCALE);
        let pixels = rows.flat_map(|y| (column * SCALE..).take(SCALE).map(move |x| 3 * (y * WIDTH + x) + channel));
        let sum: u32 = pixels.map(|place| u32::from(frame[place])).sum();
        *value = (sum / (SCALE * SCALE) as u32) as u8;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let weights = cifar10_weights()?;
    let names = weights.metadata().map(|metadata| metadata.class_names.clone()).unwrap_or_default();
    let gpu = pollster::block_on(Gpu::open(&AdapterRequest::default()))?;
    let mut predictor = Predictor::new(&gpu, &weights.model()?, 1)?;

    // All the memory there will be.
    let mut frame = vec![0; HEIGHT * WIDTH * 3];
    let mut small = [0; SIDE * SIDE * 3];
    let mut probabilities = vec![0.0; names.len()];
    let buffers = gpu.buffers_created();
    let mut seen = None;
    let started = Instant::now();
    for number in 0..FRAMES {
        draw(&mut frame, number);
        shrink(&frame, &mut small);
        Blocking::classify_into(&mut predictor, &small, &mut probabilities)?;
        let best = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        if let Some((class, probability)) = best.filter(|(class, _)| seen != Some(*class)) {
            println!("frame {number}: {} ({:.0}%)", names[class], 100.0 * probability);
            seen = Some(class);
        }
    }
    println!("{:.0} frames per second", FRAMES as f64 / started.elapsed().as_secs_f64());
    println!("{} GPU buffers were made for {FRAMES} frames", gpu.buffers_created() - buffers);
    Ok(())
}
