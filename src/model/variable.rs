//! A layer's weights.

use std::sync::{PoisonError, RwLock};

use super::Initializer;
use crate::shape::Shape;

/// A named tensor of a layer: its kernel, its bias, its moving statistics.
#[derive(Debug)]
pub struct Variable {
    name: &'static str,
    shape: Shape,
    initializer: Initializer,
    trainable: bool,
    /// Empty while nobody has filled them: zeros, for which a description alone takes no memory.
    values: RwLock<Vec<f32>>,
}

impl Variable {
    pub(super) fn new(spec: VariableSpec) -> Self {
        let VariableSpec { name, shape, initializer, trainable } = spec;
        Self { name, shape, initializer, trainable, values: RwLock::default() }
    }

    /// Its name within the layer: `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How it is filled before training.
    pub fn initializer(&self) -> Initializer {
        self.initializer
    }

    /// Whether training may change it by its gradient.
    pub fn trainable(&self) -> bool {
        self.trainable
    }

    /// Its values, in the order of its shape; zeros before they are filled.
    pub fn values(&self) -> Vec<f32> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        if values.is_empty() { vec![0.0; self.shape.elements()] } else { values.clone() }
    }

    /// Replaces the values; the caller has checked their number.
    pub(super) fn set(&self, values: Vec<f32>) {
        debug_assert_eq!(values.len(), self.shape.elements());
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = values;
    }
}

/// What a layer says of a variable it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableSpec {
    /// Its name within the layer.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// How it is filled before training.
    pub initializer: Initializer,
    /// Whether it has a gradient.
    pub trainable: bool,
}

impl VariableSpec {
    pub(super) fn kernel(shape: impl Into<Shape>, fan_in: usize, fan_out: usize) -> Self {
        let initializer = Initializer::GlorotUniform { fan_in, fan_out };
        Self { name: "kernel", shape: shape.into(), initializer, trainable: true }
    }

    pub(super) fn vector(name: &'static str, elements: usize, initializer: Initializer, trainable: bool) -> Self {
        Self { name, shape: Shape::from([elements]), initializer, trainable }
    }

    pub(super) fn bias(elements: usize) -> Self {
        Self::vector("bias", elements, Initializer::Zeros, true)
    }
}
