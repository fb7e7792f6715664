//! The whole suite is one binary, so that the crate is linked once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod add;
mod average_pooling2d;
mod bias;
mod concatenate;
mod conv2d;
mod data;
mod depthwise_conv2d;
mod geometry;
mod global_average_pooling2d;
mod matmul;
mod max_pooling2d;
mod model;
mod support;
