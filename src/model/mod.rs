//! Models: layers with Keras' names and defaults, in a sequence or a graph, with their weights.
//!
//! A model knows shapes and numbers, never a device: `plan` turns it into GPU work.

mod activation;
mod builder;
mod builtin;
mod config;
mod error;
mod graph;
mod head;
mod initialize;
mod initializer;
mod layer;
pub mod layers;
mod sequential;
mod shipped;
mod summary;
mod variable;
mod weights_file;
mod weights_hash;

pub use activation::Activation;
pub use builder::Tensor;
pub use builtin::{BUILTIN_NAMES, Builtin, builtin, lecture, lenet5, mlp, mobilenet_small, resnet20, vgg_small};
pub use config::{LayerConfig, ModelConfig};
pub use error::ModelError;
pub(crate) use graph::weight_name;
pub use graph::{Model, Node};
pub use initializer::Initializer;
pub use layer::{Layer, LayerKind};
pub use sequential::Sequential;
pub(crate) use shipped::is_shipped;
pub use shipped::{CIFAR10_WEIGHTS, cifar10_weights};
pub(crate) use summary::{grouped, size};
pub use variable::{Variable, VariableSpec};
pub use weights_file::{Metadata, Transfer, WeightsError, WeightsFile};
