//! A small VGG.

use super::super::layers::{BatchNormalization, Dense, Dropout, Flatten, MaxPooling2d};
use super::super::{Activation, Model, ModelError, Tensor};
use super::blocks::{activation, convolution, named};

/// Filters of each block's convolutions, and the share that its dropout drops.
const BLOCKS: [(usize, f32); 3] = [(32, 0.2), (64, 0.3), (128, 0.4)];

/// Units of the dense layer, and the share dropped after it.
const DENSE: (usize, f32) = (128, 0.5);

/// A VGG in small, sized for 32x32 pictures: three blocks of two 3x3 convolutions and a pooling, with 32, 64 and 128
/// filters, then a dense layer of 128. For 32x32x3 pictures and ten classes 552,298 weights, of which 1,152 are moving
/// statistics. Its output is logits.
///
/// Sources: the blocks are those of Simonyan and Zisserman, Very deep convolutional networks for large-scale image
/// recognition, ICLR 2015; that every convolution is followed by batch normalisation (Ioffe and Szegedy, ICML 2015) and
/// every block by a dropout which grows with depth is how VGGs for CIFAR-10 have been built since Liu and Deng, Very deep
/// convolutional neural network based image classification using small training sample size, ACPR 2015.
pub fn vgg_small(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    let pictures = Tensor::input(input)?;
    let mut tensor = pictures.clone();
    for (number, (filters, rate)) in (1..).zip(BLOCKS) {
        for place in 1..=2 {
            let name = |part: &str| format!("block{number}_{part}{place}");
            tensor = tensor
                .then(named(convolution(filters, 3, 1), &name("conv")))?
                .then(named(BatchNormalization::default(), &name("norm")))?
                .then(named(activation(Activation::Relu), &name("relu")))?;
        }
        tensor = tensor
            .then(named(MaxPooling2d::new(2), &format!("block{number}_pool")))?
            .then(named(Dropout::new(rate), &format!("block{number}_dropout")))?;
    }
    let (units, rate) = DENSE;
    let logits = tensor
        .then(Flatten {})?
        .then(named(Dense::new(units).use_bias(false), "hidden"))?
        .then(named(BatchNormalization::default(), "hidden_norm"))?
        .then(named(activation(Activation::Relu), "hidden_relu"))?
        .then(named(Dropout::new(rate), "hidden_dropout"))?
        .then(named(Dense::new(classes), "classes"))?;
    Model::new("vgg-small", &[&pictures], &[&logits])
}
