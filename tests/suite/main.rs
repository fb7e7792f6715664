//! The whole suite is one binary, so that the crate is linked once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod activation;
mod batch_normalization;
mod bias;
mod conv2d;
mod data;
mod dropout;
mod gather;
mod global_norm;
mod matmul;
mod model;
mod optimizer;
mod softmax;
mod softmax_cross_entropy;
mod support;
