//! What a convolution does to a picture, and what a network sees in it.
//!
//! Everything here runs through the kernels of training: [`convolve`] is a convolution layer whose kernels are given
//! instead of learned, and [`activations`] are the outputs of a second model that ends at inner layers of the first and
//! shares its weights.

mod activations;
mod arithmetic;
mod convolution;
mod error;
mod kernel;
mod maps;
mod matrix;

pub use activations::{LayerActivations, activations, activations_by, layer_names};
pub use arithmetic::Arithmetic;
pub use convolution::{Convolution, convolve, convolve_by, convolve_channels, convolve_channels_by};
pub use error::ExplainError;
pub use kernel::{Kernel, convolution_names};
pub use maps::Maps;
pub use matrix::Matrix;
