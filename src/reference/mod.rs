//! The CPU twin of every GPU op, in f64: what the op checker and the tests hold the kernels against.
//!
//! Clear before fast: every function is its formula written out, takes and returns plain slices, and knows nothing of
//! devices, layers or plans. The numerics are Keras 3's. Pictures are NHWC, kernels HWIO, depthwise kernels
//! (height, width, channels, multiplier), dense kernels (in, out).
//!
//! Lengths are the caller's part of the bargain: slices are indexed by the shapes that each function's comment gives,
//! in which every extent is at least 1.

pub mod activation;
pub mod add;
pub mod average_pooling2d;
pub mod batch_normalization;
pub mod bias;
pub mod concatenate;
pub mod conv2d;
pub mod depthwise_conv2d;
pub mod dropout;
pub mod error_function;
pub mod finite;
pub mod finite_differences;
pub mod folded_normalization;
pub mod global_average_pooling2d;
pub mod global_norm;
pub mod matmul;
pub mod max_pooling2d;
pub mod optimizer;
pub mod softmax;
pub mod softmax_cross_entropy;

mod taps;
#[cfg(test)]
mod testing;
