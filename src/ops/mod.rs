//! One file per op: its geometry, its kernels, and the commands of its forward pass and gradients.
//!
//! An op is a plain struct of extents; its methods append commands to a [`Recording`](crate::gpu::Recording). Kernels
//! take their sizes from `params`, never from a buffer's length, and every output element is written by exactly one
//! invocation. Extents are passed to shaders as `u32`: a tensor that a device can bind has fewer elements than that.

mod activation;
mod add;
mod average_pooling2d;
mod batch_normalization;
mod bias;
mod choice;
mod choices;
mod concatenate;
mod conv2d;
mod depthwise_conv2d;
mod dropout;
mod ending;
mod finite;
mod folded_normalization;
mod gather;
mod global_average_pooling2d;
mod global_norm;
mod matmul;
mod max_pooling2d;
mod optimizer;
mod parts;
mod pass;
mod product;
mod softmax;
mod softmax_cross_entropy;
mod step;
mod sum_parts;
mod sum_rows;
mod window;

pub use activation::{Activate, Activated, Activation};
pub use add::Add;
pub use average_pooling2d::AveragePooling2d;
pub use batch_normalization::{BatchNormalization, Moments, Parameters};
pub use bias::Bias;
pub use choice::{KernelChoice, KernelSelection, UnknownKernelChoice, UnknownKernelSelection};
pub use choices::KernelChoices;
pub use concatenate::CopyChannels;
pub use conv2d::Conv2d;
pub use depthwise_conv2d::DepthwiseConv2d;
pub use dropout::Dropout;
pub use finite::Finite;
pub use folded_normalization::{FoldedNormalization, Folding};
pub use gather::{GatherImages, GatherLabels, Shard};
pub use global_average_pooling2d::GlobalAveragePooling2d;
pub use global_norm::GlobalNorm;
pub use matmul::Matmul;
pub use max_pooling2d::MaxPooling2d;
pub use optimizer::{OptimizerStep, UpdateRule};
pub(crate) use pass::PassInput;
pub use pass::{Pass, PassKind};
pub use product::Product;
pub use softmax::Softmax;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;
pub use step::StepRecord;
pub(crate) use sum_parts::POOLED_ROWS;
pub use sum_parts::SumParts;
pub use sum_rows::SumRows;

/// Bytes of an element of every tensor: f32 and u32.
pub const ELEMENT_BYTES: u64 = 4;
