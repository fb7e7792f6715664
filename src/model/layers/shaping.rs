//! Layers that compute nothing.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit, single};
use crate::shape::Shape;

/// Where samples enter a model (Keras' `InputLayer`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A sample's shape, without the batch.
    pub shape: Shape,
}

impl Describe for Input {
    const CLASS: &'static str = "InputLayer";
    const TYPE: &'static str = "input_layer";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        if !inputs.is_empty() {
            return Err(Misfit::Inputs("no input"));
        }
        if self.shape.rank() == 0 || self.shape.extents().contains(&0) {
            return Err(Misfit::Option(format!("its shape is {}, every extent must be at least 1", self.shape)));
        }
        Ok(self.shape.clone())
    }
}

/// All elements of a sample in one row, in row-major order: height, width, channels (Keras' `Flatten`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

impl Describe for Flatten {
    const CLASS: &'static str = "Flatten";
    const TYPE: &'static str = "flatten";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        Ok(Shape::from([single(inputs)?.elements()]))
    }
}
