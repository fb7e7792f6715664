//! A small MobileNet.

use super::super::layers::{BatchNormalization, Dense, DepthwiseConv2d, GlobalAveragePooling2d};
use super::super::{Activation, LayerKind, Model, ModelError, Tensor};
use super::blocks::{activation, convolution, named};
use crate::shape::Padding;

/// Filters of the first convolution.
const FIRST: usize = 32;

/// Filters and stride of each depthwise separable block.
const BLOCKS: [(usize, usize); 5] = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1)];

/// The first part of MobileNet, sized for 32x32 pictures: a convolution and five depthwise separable blocks up to 256
/// channels, the second and fourth of which halve the picture, and the mean over what is left. For 32x32x3 pictures
/// and ten classes 139,722 weights, of which 2,944 are moving statistics. Its output is logits.
///
/// Source: Howard et al., MobileNets: efficient convolutional neural networks for mobile vision applications, 2017
/// (arXiv 1704.04861), table 1. It differs in that the first convolution keeps the picture's size, which for 224x224
/// pictures is halved, and in that the blocks of 512 and 1024 channels are left out. Activations are ReLU, as in the
/// paper; Keras' MobileNet clips them at 6.
pub fn mobilenet_small(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    let pictures = Tensor::input(input)?;
    let mut tensor = normalized(&pictures, "stem", "conv", convolution(FIRST, 3, 1))?;
    for (number, (filters, strides)) in (1..).zip(BLOCKS) {
        let block = format!("block{number}");
        let each_channel = DepthwiseConv2d::new(3).strides(strides).padding(Padding::Same).use_bias(false);
        tensor = normalized(&tensor, &block, "depthwise", each_channel)?;
        tensor = normalized(&tensor, &block, "pointwise", convolution(filters, 1, 1))?;
    }
    let logits = tensor.then(GlobalAveragePooling2d {})?.then(named(Dense::new(classes), "classes"))?;
    Model::new("mobilenet-small", &[&pictures], &[&logits])
}

/// A convolution with batch normalisation and ReLU: `BLOCK_PART`, `BLOCK_PART_norm`, `BLOCK_PART_relu`.
fn normalized(
    input: &Tensor,
    block: &str,
    part: &str,
    convolution: impl Into<LayerKind>,
) -> Result<Tensor, ModelError> {
    let name = format!("{block}_{part}");
    input
        .then(named(convolution, &name))?
        .then(named(BatchNormalization::default(), &format!("{name}_norm")))?
        .then(named(activation(Activation::Relu), &format!("{name}_relu")))
}
