//! A model whose layers follow one another.

use super::{Layer, Model, ModelError, Tensor};
use crate::shape::Shape;

/// Layers one after the other (Keras' `Sequential`); [`Sequential::build`] makes a [`Model`] of them.
///
/// ```
/// use ocellus::model::{Activation, Sequential, layers::*};
///
/// let model = Sequential::new([32, 32, 3])
///     .add(Conv2d::new(32, 3).activation(Activation::Relu))
///     .add(MaxPooling2d::new(2))
///     .add(Flatten {})
///     .add(Dense::new(10))
///     .build()?;
/// assert_eq!(model.output_shape().to_string(), "(10)");
/// # Ok::<(), ocellus::model::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sequential {
    name: String,
    input: Shape,
    layers: Vec<Layer>,
}

impl Sequential {
    /// No layers yet, for samples of shape `input`.
    pub fn new(input: impl Into<Shape>) -> Self {
        Self { name: "sequential".to_owned(), input: input.into(), layers: Vec::new() }
    }

    /// With this name instead of `sequential`.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// With one more layer at the end.
    #[expect(clippy::should_implement_trait, reason = "Keras' own name; nothing is summed")]
    pub fn add(mut self, layer: impl Into<Layer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The model; shapes are checked from layer to layer.
    pub fn build(self) -> Result<Model, ModelError> {
        let input = Tensor::input(self.input)?;
        let mut tensor = input.clone();
        for layer in self.layers {
            tensor = tensor.then(layer)?;
        }
        Model::new(&self.name, &[&input], &[&tensor])
    }
}
