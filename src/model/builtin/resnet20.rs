//! The residual network of 20 layers.

use super::super::layers::{Add, BatchNormalization, Dense, GlobalAveragePooling2d};
use super::super::{Activation, Layer, Model, ModelError, Tensor};
use super::blocks::{activation, convolution, named};

/// Filters of each stage's convolutions.
const STAGES: [usize; 3] = [16, 32, 64];

/// Blocks per stage, of two convolutions each: 20 layers with weights are 6 * 3 + 2.
const BLOCKS: usize = 3;

/// ResNet-20 for pictures of CIFAR's size: a convolution, three stages of three residual blocks with 16, 32 and 64
/// filters, the second and third of which halve the picture, and the mean over what is left. For 32x32x3 pictures and
/// ten classes 274,042 weights, of which 1,568 are moving statistics. Its output is logits.
///
/// Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR 2016 (arXiv 1512.03385), section
/// 4.2. Where a stage begins, the shortcut is the paper's option B, a 1x1 convolution of stride 2 with batch
/// normalisation, since no layer here pads channels with zeros, as option A wants; that is 2,752 trainable weights more
/// than option A's 269,722. Padding and initial weights are Keras' (`same`, Glorot's); the paper
/// pads by 1 on all sides and starts from He's.
pub fn resnet20(input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    let pictures = Tensor::input(input)?;
    let mut tensor = normalized_convolution(&pictures, "stem", STAGES[0], 3, 1)?;
    tensor = tensor.then(named(activation(Activation::Relu), "stem_relu"))?;
    for (stage, filters) in (1..).zip(STAGES) {
        for block in 1..=BLOCKS {
            let halves = stage > 1 && block == 1;
            tensor = residual_block(&tensor, &format!("stage{stage}_block{block}"), filters, halves)?;
        }
    }
    let logits = tensor.then(GlobalAveragePooling2d {})?.then(named(Dense::new(classes), "classes"))?;
    Model::new("resnet20", &[&pictures], &[&logits])
}

/// `relu(shortcut + norm(conv(relu(norm(conv(in))))))`.
fn residual_block(input: &Tensor, name: &str, filters: usize, halves: bool) -> Result<Tensor, ModelError> {
    let strides = if halves { 2 } else { 1 };
    let inner = normalized_convolution(input, &format!("{name}_1"), filters, 3, strides)?
        .then(named(activation(Activation::Relu), &format!("{name}_1_relu")))?;
    let inner = normalized_convolution(&inner, &format!("{name}_2"), filters, 3, 1)?;
    let shortcut = match halves {
        true => normalized_convolution(input, &format!("{name}_shortcut"), filters, 1, strides)?,
        false => input.clone(),
    };
    let sum: Layer = named(Add {}, &format!("{name}_add"));
    sum.apply(&[&shortcut, &inner])?.then(named(activation(Activation::Relu), &format!("{name}_relu")))
}

/// A convolution and its batch normalisation, `NAME_conv` and `NAME_norm`.
fn normalized_convolution(
    input: &Tensor,
    name: &str,
    filters: usize,
    kernel_size: usize,
    strides: usize,
) -> Result<Tensor, ModelError> {
    input
        .then(named(convolution(filters, kernel_size, strides), &format!("{name}_conv")))?
        .then(named(BatchNormalization::default(), &format!("{name}_norm")))
}
