//! The whole suite is one binary, so that the crate is linked once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod activation;
mod add;
mod average_pooling2d;
mod batch_normalization;
mod bias;
mod concatenate;
mod conv2d;
mod data;
mod depthwise_conv2d;
mod dropout;
mod gather;
mod geometry;
mod global_average_pooling2d;
mod global_norm;
mod interpreter;
mod keras;
mod matmul;
mod max_pooling2d;
mod model;
mod optimizer;
mod pictures;
mod plan;
mod plan_models;
mod plan_requests;
mod plan_runner;
mod shaders;
mod softmax;
mod softmax_cross_entropy;
mod support;
mod train;
mod train_data;
mod train_errors;
mod train_memory;
mod train_models;
