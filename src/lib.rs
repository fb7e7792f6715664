//! Ocellus trains convolutional image classifiers with WGSL compute shaders on any GPU that Vulkan, Metal or DX12
//! reaches. Layers, defaults and formulas are those of Keras 3.
//!
//! ```no_run
//! use ocellus::data::digits;
//! use ocellus::gpu::{AdapterRequest, Gpu};
//! use ocellus::model::lecture;
//! use ocellus::train::{Blocking, TrainOptions, Trainer};
//!
//! let digits = digits::load()?;
//! let model = lecture(digits.train.shape(), digits.train.classes())?;
//! model.initialize(0);
//! let gpu = pollster::block_on(Gpu::open(&AdapterRequest::default()))?;
//! let options = TrainOptions { epochs: 3, ..TrainOptions::default() };
//! let mut trainer = Trainer::new(&gpu, &model, &digits.train, Some(&digits.test), &options)?;
//! let history = Blocking::fit(&mut trainer, &mut ())?;
//! println!("{}", history.to_csv());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rooms, from the ground up: [`shape`], [`random`], [`files`], [`settings`] and [`npy`] stand alone; [`gpu`] is the
//! device; [`ops`] are the kernels, each with a twin in [`mod@reference`] that [`check`] compares it with; [`model`] has
//! layers and weights, and no device; [`plan`] makes GPU work of a model; [`data`] has pictures and labels; [`train`]
//! trains, evaluates and predicts; [`explain`] shows what a convolution does and what a network sees; [`view`] draws;
//! [`cli`] is the command line.

pub mod check;
pub mod cli;
pub mod data;
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
pub mod view;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
