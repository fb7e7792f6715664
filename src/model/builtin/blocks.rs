//! What the models with batch normalisation are built of.

use super::super::layers::{ActivationLayer, Conv2d};
use super::super::{Activation, Layer, LayerKind};
use crate::shape::Padding;

/// A convolution whose output batch normalisation shifts, so that it has no bias; padding is `same`.
pub(super) fn convolution(filters: usize, kernel_size: usize, strides: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).strides(strides).padding(Padding::Same).use_bias(false)
}

pub(super) fn activation(activation: Activation) -> ActivationLayer {
    ActivationLayer { activation }
}

pub(super) fn named(kind: impl Into<LayerKind>, name: &str) -> Layer {
    Layer::named(kind, name)
}
