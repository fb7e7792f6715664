//! Each layer as ops: its forward commands now, its gradients' commands when the tape runs backwards.

mod affine;
mod batch_normalization;
mod elementwise;
mod end;
mod merge;
mod pooling;
mod tail;

pub(super) use end::End;

use super::PlanError;
use super::compiler::{Compiler, ValueId};
use crate::model::{Activation, Layer, LayerKind, layers};
use crate::ops;

/// Appends the commands of node `place`, whose inputs are these values, and returns its output.
pub(super) fn lower(compiler: &mut Compiler<'_>, place: usize, inputs: &[ValueId]) -> Result<ValueId, PlanError> {
    let node = &compiler.model.nodes()[place];
    let layer = &node.layer;
    compiler.enter(layer.name());
    let Some(&first) = inputs.first() else {
        // Inputs are values before any layer is lowered.
        return Err(PlanError::Inputs { model: compiler.model.name().to_owned(), inputs: 0 });
    };
    if compiler.is_absorbed(place) {
        return Ok(first);
    }
    match layer.kind() {
        LayerKind::Input(_) => Ok(first),
        LayerKind::Conv2d(conv2d) => affine::conv2d(compiler, place, conv2d, first),
        LayerKind::DepthwiseConv2d(conv2d) => affine::depthwise_conv2d(compiler, place, conv2d, first),
        LayerKind::Dense(dense) => affine::dense(compiler, place, dense, first),
        LayerKind::MaxPooling2d(pooling) => pooling::max(compiler, place, pooling, first),
        LayerKind::AveragePooling2d(pooling) => pooling::average(compiler, layer, pooling, first),
        LayerKind::GlobalAveragePooling2d(_) => pooling::global_average(compiler, first),
        LayerKind::Flatten(_) => elementwise::flatten(compiler, place, first),
        LayerKind::Activation(layer) => elementwise::activation(compiler, layer.activation, first),
        LayerKind::LeakyRelu(layer) => elementwise::function(compiler, leaky_relu(layer), first),
        LayerKind::Elu(layer) => elementwise::function(compiler, elu(layer), first),
        LayerKind::Dropout(dropout) => elementwise::dropout(compiler, layer, dropout, first),
        LayerKind::BatchNormalization(spec) => batch_normalization::lower(compiler, layer, spec, first),
        LayerKind::Add(_) => merge::add(compiler, inputs),
        LayerKind::Concatenate(_) => merge::concatenate(compiler, inputs, node.shape.clone()),
    }
}

/// The op's function for a layer's activation; `None` for softmax, which is an op of its own.
fn function_of(activation: Activation) -> Option<ops::Activation> {
    Some(match activation {
        Activation::Linear => ops::Activation::Linear,
        Activation::Relu => ops::Activation::Relu,
        // Keras' constants for the activations by name.
        Activation::LeakyRelu => ops::Activation::LeakyRelu { negative_slope: 0.2 },
        Activation::Elu => ops::Activation::Elu { alpha: 1.0 },
        Activation::Gelu => ops::Activation::Gelu,
        Activation::GeluTanh => ops::Activation::GeluTanh,
        Activation::Silu => ops::Activation::Silu,
        Activation::Sigmoid => ops::Activation::Sigmoid,
        Activation::Tanh => ops::Activation::Tanh,
        Activation::Softmax => return None,
    })
}

/// The op's function of a layer that is an activation; `None` for softmax and for other layers.
fn function_of_layer(kind: &LayerKind) -> Option<ops::Activation> {
    match kind {
        LayerKind::Activation(layer) => function_of(layer.activation),
        LayerKind::LeakyRelu(layer) => Some(leaky_relu(layer)),
        LayerKind::Elu(layer) => Some(elu(layer)),
        _ => None,
    }
}

fn leaky_relu(layer: &layers::LeakyRelu) -> ops::Activation {
    ops::Activation::LeakyRelu { negative_slope: layer.negative_slope }
}

fn elu(layer: &layers::Elu) -> ops::Activation {
    ops::Activation::Elu { alpha: layer.alpha }
}

/// A layer's misfit cannot occur here: the model was built with the same shapes. Should it, it says which layer.
fn window_of<W>(layer: &Layer, window: Result<W, crate::model::layers::Misfit>) -> Result<W, PlanError> {
    window.map_err(|misfit| {
        PlanError::Model(crate::model::ModelError::Option {
            layer: layer.name().to_owned(),
            kind: layer.kind().class(),
            reason: format!("{misfit:?}"),
        })
    })
}

/// The error where the weights' layout has no such variable of `layer`.
fn missing(layer: &Layer, variable: &str) -> PlanError {
    PlanError::Model(crate::model::ModelError::Weight {
        name: format!("{}.{variable}", layer.name()),
        reason: "the model was planned with another model's weights".to_owned(),
    })
}
