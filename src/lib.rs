//! Ocellus trains convolutional image classifiers with WGSL compute shaders on any GPU that Vulkan, Metal or DX12
//! reaches.

pub mod check;
pub mod cli;
pub mod data;
pub mod files;
pub mod gpu;
pub mod model;
pub mod ops;
pub mod plan;
pub mod random;
pub mod reference;
pub mod shape;
pub mod train;
