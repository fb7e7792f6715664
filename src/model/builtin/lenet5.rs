//! LeNet-5.

use super::super::layers::{AveragePooling2d, Conv2d, Dense, Flatten};
use super::super::{Activation, Model, ModelError, Sequential};
use crate::shape::Padding;

/// LeNet-5 as Keras' users write it: two convolutions of 5x5 with average pooling, then dense layers of 120 and 84, all
/// with tanh; for 28x28x1 pictures and ten classes 61,706 weights. Its output is logits.
///
/// Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, Proceedings of
/// the IEEE 86, 1998. It differs from the paper where everybody does today: the paper's digits come padded to 32x32,
/// here the first convolution pads (`same`); its second convolution looks at chosen groups of the six channels, here at
/// all; its pooling multiplies by a trained coefficient, adds a trained bias and goes through a sigmoid, here it is the
/// mean alone; its tanh is scaled to `1.7159 tanh(2/3 x)`; and its output layer measures distances to fixed pictures of
/// the digits.
pub fn lenet5(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    let tanh = Activation::Tanh;
    Sequential::new(input)
        .named("lenet5")
        .add(Conv2d::new(6, 5).padding(Padding::Same).activation(tanh))
        .add(AveragePooling2d::new(2))
        .add(Conv2d::new(16, 5).activation(tanh))
        .add(AveragePooling2d::new(2))
        .add(Flatten {})
        .add(Dense::new(120).activation(tanh))
        .add(Dense::new(84).activation(tanh))
        .add(Dense::new(classes))
        .build()
}
