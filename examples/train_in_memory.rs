//! Trains on pictures that the program makes itself: discs, squares and crosses in grey, at random places.
//!
//! `cargo run --release --example train_in_memory`

use ocellus::data::{DataError, Dataset, Images};
use ocellus::gpu::{AdapterRequest, Gpu};
use ocellus::model::{Activation, Sequential, layers::*};
use ocellus::random::{Stream, uniform};
use ocellus::train::{Blocking, Optimizer, PredictOptions, TrainOptions, Trainer};

/// Pixels along each side.
const SIDE: usize = 20;

const CLASSES: [&str; 3] = ["disc", "square", "cross"];

/// Whether the shape of class `class` covers the point at (x, y) from its middle; `radius` is its size.
fn covers(class: usize, x: f32, y: f32, radius: f32) -> bool {
    match class {
        0 => x * x + y * y <= radius * radius,
        1 => x.abs().max(y.abs()) <= 0.85 * radius,
        _ => x.abs().min(y.abs()) <= 0.3 * radius && x.abs().max(y.abs()) <= radius,
    }
}

/// So many pictures, the same for the same seed.
fn shapes(count: usize, seed: u32) -> Result<Dataset, DataError> {
    let mut pixels = Vec::with_capacity(count * SIDE * SIDE);
    let mut labels = Vec::with_capacity(count);
    for picture in 0..count {
        let random = |number: usize| uniform(seed, Stream::InitialWeights, picture as u32, number as u32);
        let radius = 3.0 + 4.0 * random(0);
        let middle = |chance: f32| radius + chance * (SIDE as f32 - 2.0 * radius);
        let (left, top, class) = (middle(random(1)), middle(random(2)), picture % CLASSES.len());
        for pixel in 0..SIDE * SIDE {
            let (x, y) = ((pixel % SIDE) as f32 - left, (pixel / SIDE) as f32 - top);
            let noise = 60.0 * random(3 + pixel);
            pixels.push(if covers(class, x, y, radius) { 195.0 + noise } else { noise } as u8);
        }
        labels.push(class as u32);
    }
    Dataset::from_memory(Images::new([SIDE, SIDE, 1], pixels)?, labels, CLASSES.map(str::to_owned).to_vec())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (train, test) = (shapes(1200, 1)?, shapes(300, 2)?);
    let model = Sequential::new(train.shape())
        .add(Conv2d::new(8, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(16, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Flatten {})
        .add(Dense::new(train.classes()))
        .build()?;
    model.initialize(0);

    let gpu = pollster::block_on(Gpu::open(&AdapterRequest::default()))?;
    let optimizer = Optimizer { learning_rate: 0.003, ..Optimizer::adam() };
    let options = TrainOptions { epochs: 10, optimizer, ..TrainOptions::default() };
    let mut trainer = Trainer::new(&gpu, &model, &train, Some(&test), &options)?;
    let history = Blocking::fit(&mut trainer, &mut ())?;
    print!("{}", history.to_csv());

    let predictions = Blocking::predict_dataset(&gpu, &model, &test, &PredictOptions::default())?;
    let report = predictions.report(test.labels())?;
    for (name, class) in test.class_names().iter().zip(&report.classes) {
        println!("{name}: {} of {} recognised", class.correct, class.support);
    }
    Ok(())
}
