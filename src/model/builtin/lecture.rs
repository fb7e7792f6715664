//! The lecture's model.

use super::super::layers::{Conv2d, Dense, Flatten, MaxPooling2d};
use super::super::{Activation, Model, ModelError, Sequential};

/// The CNN of the classic lecture and of TensorFlow's CNN tutorial: three convolutions, two poolings, two dense layers;
/// for 32x32x3 pictures and ten classes 122,570 weights. Its output is logits.
pub fn lecture(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    Sequential::new(input)
        .named("lecture")
        .add(Conv2d::new(32, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(64, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(64, 3).activation(Activation::Relu))
        .add(Flatten {})
        .add(Dense::new(64).activation(Activation::Relu))
        .add(Dense::new(classes))
        .build()
}
