//! A network without convolutions.

use super::super::layers::{Dense, Dropout, Flatten};
use super::super::{Activation, Model, ModelError, Sequential};

/// A multilayer perceptron, Keras' own example for MNIST (`mnist_mlp.py`): two dense layers of 512 with ReLU, each
/// followed by a dropout of 0.2; for 28x28x1 pictures and ten classes 669,706 weights. Its output is logits.
pub fn mlp(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    Sequential::new(input)
        .named("mlp")
        .add(Flatten {})
        .add(Dense::new(512).activation(Activation::Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(512).activation(Activation::Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(classes))
        .build()
}
