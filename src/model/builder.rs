//! Graphs as Keras' functional API writes them: layers applied to tensors.

use std::sync::Arc;

use super::layers::Input;
use super::{Layer, ModelError};
use crate::shape::Shape;

/// A tensor that a layer will compute, before any model is made of it. Clones are the same tensor.
#[derive(Clone, Debug)]
pub struct Tensor {
    origin: Arc<Origin>,
}

#[derive(Debug)]
struct Origin {
    layer: Layer,
    inputs: Vec<Tensor>,
    shape: Shape,
}

impl Tensor {
    /// Where samples of this shape enter.
    pub fn input(shape: impl Into<Shape>) -> Result<Self, ModelError> {
        Layer::new(Input { shape: shape.into() }).apply(&[])
    }

    /// A sample's shape, without the batch.
    pub fn shape(&self) -> &Shape {
        &self.origin.shape
    }

    /// The layer that computes it.
    pub fn layer(&self) -> &Layer {
        &self.origin.layer
    }

    /// What that layer takes.
    pub(super) fn inputs(&self) -> &[Tensor] {
        &self.origin.inputs
    }

    /// True when both are the same tensor.
    pub(super) fn is(&self, other: &Tensor) -> bool {
        Arc::ptr_eq(&self.origin, &other.origin)
    }

    /// This tensor through one more layer.
    pub fn then(&self, layer: impl Into<Layer>) -> Result<Tensor, ModelError> {
        layer.into().apply(&[self])
    }
}

impl Layer {
    /// The layer's output for these inputs; a layer applied twice shares its weights.
    pub fn apply(&self, inputs: &[&Tensor]) -> Result<Tensor, ModelError> {
        let shapes: Vec<Shape> = inputs.iter().map(|tensor| tensor.shape().clone()).collect();
        let givers: Vec<&str> = inputs.iter().map(|tensor| tensor.layer().name()).collect();
        let shape = self.build(&shapes, &givers)?;
        let inputs = inputs.iter().map(|&tensor| tensor.clone()).collect();
        Ok(Tensor { origin: Arc::new(Origin { layer: self.clone(), inputs, shape }) })
    }
}
