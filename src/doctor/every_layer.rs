//! A model with a layer of every kind, and every optimizer: what a training must be tried with.

use crate::model::{Activation, Layer, Model, ModelError, Tensor, layers::*};
use crate::shape::Padding;
use crate::train::{Optimizer, Rule};

/// A model with a layer of every kind, whose weights begin by `seed`.
pub fn every_layer(input: [usize; 3], classes: usize, seed: u32) -> Result<Model, ModelError> {
    let input = Tensor::input(input)?;
    let layer = |layer: Layer, inputs: &[&Tensor]| layer.apply(inputs);
    let conv = layer(Conv2d::new(6, 3).padding(Padding::Same).into(), &[&input])?;
    let norm = layer(BatchNormalization::default().into(), &[&conv])?;
    let active = layer(ActivationLayer { activation: Activation::Relu }.into(), &[&norm])?;
    let depthwise = layer(DepthwiseConv2d::new(3).padding(Padding::Same).into(), &[&active])?;
    let leaky = layer(LeakyRelu::default().into(), &[&depthwise])?;
    let sum = layer(Add {}.into(), &[&active, &leaky])?;
    let elu = layer(Elu::default().into(), &[&sum])?;
    let left = layer(MaxPooling2d::new(2).into(), &[&elu])?;
    let right = layer(AveragePooling2d::new(2).into(), &[&elu])?;
    let both = layer(Concatenate::default().into(), &[&left, &right])?;
    let dropped = layer(Dropout::new(0.3).into(), &[&both])?;
    let flat = layer(Flatten {}.into(), &[&dropped])?;
    let hidden = layer(Dense::new(8).activation(Activation::Tanh).into(), &[&flat])?;
    let mean = layer(GlobalAveragePooling2d::default().into(), &[&dropped])?;
    let joined = layer(Concatenate::default().into(), &[&hidden, &mean])?;
    let out = layer(Dense::new(classes).into(), &[&joined])?;
    let model = Model::new("every", &[&input], &[&out])?;
    model.initialize(seed);
    Ok(model)
}

/// Every optimizer by name, and the forms of them that take other ways through the device.
pub fn every_optimizer() -> Vec<Optimizer> {
    let mut optimizers: Vec<Optimizer> = Optimizer::NAMES.iter().filter_map(|name| Optimizer::by_name(name)).collect();
    let momentum = |nesterov| Optimizer { rule: Rule::Sgd { momentum: 0.9, nesterov }, ..Optimizer::sgd() };
    optimizers.extend([momentum(false), momentum(true)]);
    optimizers.push(Optimizer { global_clipnorm: Some(0.5), ..Optimizer::adamw() });
    optimizers
}
