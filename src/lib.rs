//! Ocellus trains convolutional image classifiers with WGSL compute shaders on any GPU that Vulkan, Metal or DX12
//! reaches, and shows what they learned. Layers, defaults and formulas are those of Keras 3.
//!
//! # The lecture in code
//!
//! Pictures and what they are, a convolution, a network, its training, what it takes unseen pictures for, and what it sees:
//!
//! ```no_run
//! use ocellus::data::digits;
//! use ocellus::explain::{Matrix, activations, convolve};
//! use ocellus::gpu::{AdapterRequest, Gpu};
//! use ocellus::model::{Activation, Sequential, layers::*};
//! use ocellus::shape::Padding;
//! use ocellus::train::{Blocking, PredictOptions, TrainOptions, Trainer};
//! use ocellus::view;
//! use pollster::block_on;
//!
//! let gpu = block_on(Gpu::open(&AdapterRequest::default()))?;
//!
//! // Look at the data.
//! let digits = digits::load()?;
//! view::dataset(&digits.train, &[0, 1, 2, 3, 4], 5)?.save("data.png")?;
//!
//! // What a convolution is: 19 25; 37 43.
//! let numbers = "0 1 2; 3 4 5; 6 7 8".parse::<Matrix>()?.into();
//! let convolution = block_on(convolve(&gpu, &numbers, &["0 1; 2 3".parse()?], Padding::Valid))?;
//! println!("{}", convolution.explain(0, 0, 0)?); // 0·0 + 1·1 + 3·2 + 4·3 = 19
//!
//! // A network, and its training.
//! let model = Sequential::new(digits.train.shape())
//!     .add(Conv2d::new(32, 3).activation(Activation::Relu))
//!     .add(MaxPooling2d::new(2))
//!     .add(Flatten {})
//!     .add(Dense::new(10))
//!     .build()?;
//! model.initialize(0);
//! let options = TrainOptions { epochs: 3, ..TrainOptions::default() };
//! let mut trainer = Trainer::new(&gpu, &model, &digits.train, Some(&digits.test), &options)?;
//! let history = Blocking::fit(&mut trainer, &mut ())?;
//! view::history(&[("my model", &history)])?.save("history.png")?;
//!
//! // Predicted beside true labels.
//! let predictions = Blocking::predict_dataset(&gpu, &model, &digits.test, &PredictOptions::default())?;
//! println!("accuracy {}", predictions.report(digits.test.labels())?.accuracy);
//! view::predictions(&digits.test, &predictions, &[0, 1, 2, 3, 4], 5)?.save("predictions.png")?;
//!
//! // What an inner layer sees: a second model that ends there and shares the weights.
//! let layers = block_on(activations(&gpu, &model, digits.test.image(0), &["conv2d"]))?;
//! println!("{} has {} numbers for the first digit", layers[0].layer, layers[0].values.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to begin
//!
//! | to do | see |
//! |---|---|
//! | open a GPU, or share a device that is there already | [`gpu::Gpu`] |
//! | pictures from memory, files, folders or the network | [`data::Dataset`], [`data::Source`] |
//! | a model, in a sequence or as a graph; weights on disk | [`model::Sequential`], [`model::Model`], [`model::WeightsFile`] |
//! | train, evaluate, predict | [`train::Trainer`], [`train::evaluate`](fn@train::evaluate), [`train::Predictor`] |
//! | convolutions and inner layers by themselves | [`explain`] |
//! | pictures of all of it | [`view`] |
//!
//! The folder `examples` has whole programs, `lecture.rs` first.
//!
//! # The rooms
//!
//! From the ground up: [`shape`], [`random`], [`files`], [`settings`] and [`npy`] stand alone; [`gpu`] is the device;
//! [`ops`] are the kernels, each with a twin in [`mod@reference`] that [`check`] compares it with; [`model`] has layers and
//! weights, and no device; [`plan`] makes GPU work of a model, and [`tuning`] measures which kernels it is done with; [`data`] has pictures and labels; [`train`] trains,
//! evaluates and predicts; [`explain`] tells what a convolution does and what a network sees; [`mod@bench`] measures how fast
//! it is, [`doctor`] whether it is right; [`view`] draws; [`cli`] is the command line.

pub mod bench;
pub mod check;
pub mod cli;
pub mod data;
pub mod doctor;
pub mod explain;
pub mod files;
pub mod gpu;
pub mod model;
pub mod npy;
pub mod ops;
pub mod plan;
pub mod random;
pub mod reference;
pub mod settings;
pub mod shape;
mod table;
pub mod train;
pub mod tuning;
pub mod view;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
