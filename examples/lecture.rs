//! The lecture on convolutional networks, from the data to what the network sees: `cargo run --release --example lecture`.
//!
//! Its pictures go to the folder `lecture-example`, or to the one that is named behind `--`.

use std::error::Error;
use std::path::PathBuf;

use ocellus::data::{digits, picture};
use ocellus::explain::{Kernel, Maps, Matrix, activations, convolve};
use ocellus::gpu::{AdapterRequest, Gpu};
use ocellus::model::{Activation, Sequential, layers::*};
use ocellus::shape::Padding;
use ocellus::train::{Blocking, Calibration, PredictOptions, TrainOptions, Trainer};
use ocellus::view::{self, Cell, Filters};
use pollster::block_on;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "lecture-example".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let gpu = block_on(Gpu::open(&AdapterRequest::default()))?;

    // The data: pictures and what they are.
    let digits = digits::load()?;
    let some: Vec<usize> = (0..25).collect();
    view::dataset(&digits.train, &some, 5)?.titled("Handwritten digits", "").save(folder.join("data.png"))?;

    // What a convolution is: a window slides over numbers, and each place gives a sum of products.
    let numbers: Maps = "0 1 2; 3 4 5; 6 7 8".parse::<Matrix>()?.into();
    let example = block_on(convolve(&gpu, &numbers, &["0 1; 2 3".parse()?], Padding::Valid))?;
    println!("{}: {}", example.maps().channel(0), example.explain(0, 0, 0)?);
    view::convolution(&example, Some([0, 0]), "A convolution", "")?.save(folder.join("convolution.png"))?;

    // A kernel made by hand finds edges.
    let cat = picture::decode_within("the cat", picture::CAT, 300, 1)?;
    let cat = Maps::from_pixels(cat.shape, &cat.pixels)?;
    let edges = block_on(convolve(&gpu, &cat, &[Kernel::named("edge")?], Padding::Valid))?;
    view::convolution(&edges, None, "Edges", "")?.save(folder.join("edges.png"))?;

    // A layer begins with kernels of chance, and each finds something else.
    let random = block_on(convolve(&gpu, &cat, &Kernel::random(8, [3, 3, 1], 0)?, Padding::Valid))?;
    view::features(&random, "Random kernels", "")?.save(folder.join("random.png"))?;

    // The network: convolutions and poolings, then dense layers.
    let model = Sequential::new(digits.train.shape())
        .add(Conv2d::new(32, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(64, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(64, 3).activation(Activation::Relu))
        .add(Flatten {})
        .add(Dense::new(64).activation(Activation::Relu))
        .add(Dense::new(10))
        .build()?;
    model.initialize(1);
    println!("{}", model.summary());
    let first_kernels = Kernel::of_layer(&model, "conv2d")?;

    // Training it.
    let options = TrainOptions { epochs: 3, seed: 1, ..TrainOptions::default() };
    let mut trainer = Trainer::new(&gpu, &model, &digits.train, Some(&digits.test), &options)?;
    let history = Blocking::fit(&mut trainer, &mut ())?;
    print!("{}", history.to_csv());
    view::history(&[("the lecture's model", &history)])?.save(folder.join("history.png"))?;

    // How good it is, and what it takes pictures for that it has never seen.
    let predictions = Blocking::predict_dataset(&gpu, &model, &digits.test, &PredictOptions::default())?;
    let report = predictions.report(digits.test.labels())?;
    println!("accuracy {:.4} on {} digits", report.accuracy, report.samples);
    let grid = view::predictions(&digits.test, &predictions, &some, 5)?;
    grid.titled("Predictions", "").save(folder.join("predictions.png"))?;
    let mistakes = predictions.mistakes(digits.test.labels())?;
    let surest = &mistakes[..mistakes.len().min(25)];
    let grid = view::predictions(&digits.test, &predictions, surest, 5)?;
    grid.titled("The surest mistakes", "").save(folder.join("mistakes.png"))?;
    let calibration = predictions.calibration(digits.test.labels(), Calibration::BINS)?;
    let confusion = view::confusion(&report, &calibration, digits.test.class_names(), "Confusion")?;
    confusion.save(folder.join("confusion.png"))?;

    // What it has learned: the kernels of its first layer, before and after.
    let kernels = Kernel::of_layer(&model, "conv2d")?;
    let filters = Filters { kernels: &kernels, initial: Some(&first_kernels), in_color: false };
    view::filters(&filters, "The first layer's kernels")?.save(folder.join("filters.png"))?;

    // What it sees: a second model, cut at inner layers, shares the weights of the first.
    let layers = block_on(activations(&gpu, &model, digits.test.image(0), &["conv2d", "conv2d_1", "dense_1"]))?;
    let seen = Cell::new(view::Figure::of_picture(digits.test.shape(), digits.test.image(0))?, []);
    view::activations(vec![seen], &layers, "What the network sees", "")?.save(folder.join("activations.png"))?;
    println!("The pictures are in {}", folder.display());
    Ok(())
}
