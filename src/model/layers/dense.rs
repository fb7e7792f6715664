//! Fully connected layers.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit, at_least_one, single};
use crate::model::Activation;
use crate::model::variable::VariableSpec;
use crate::shape::Shape;

fn yes() -> bool {
    true
}

/// `out[j] = activation(bias[j] + sum over i of in[i] * kernel[i, j])` over the last axis (Keras' `Dense`). Weights:
/// `kernel` (inputs, units) and `bias` (units).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// The number of outputs.
    pub units: usize,
    /// Applied to the output. Default linear.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias. Default true.
    #[serde(default = "yes")]
    pub use_bias: bool,
}

impl Dense {
    /// So many units, linear, with a bias.
    pub fn new(units: usize) -> Self {
        Self { units, activation: Activation::default(), use_bias: true }
    }

    /// With this activation.
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// With or without a bias.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }
}

impl Describe for Dense {
    const CLASS: &'static str = "Dense";
    const TYPE: &'static str = "dense";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let input = single(inputs)?;
        at_least_one("units", self.units)?;
        let mut extents = input.extents().to_vec();
        match extents.last_mut() {
            Some(last) => *last = self.units,
            None => {
                return Err(Misfit::Input { shape: input.clone(), reason: "it needs at least one axis".to_owned() });
            }
        }
        Ok(Shape::new(extents))
    }

    fn variables(&self, input: &Shape) -> Vec<VariableSpec> {
        let inputs = input.channels();
        let mut variables = vec![VariableSpec::kernel([inputs, self.units], inputs, self.units)];
        variables.extend(self.use_bias.then(|| VariableSpec::bias(self.units)));
        variables
    }

    fn multiply_adds(&self, input: &Shape, output: &Shape) -> u64 {
        input.channels() as u64 * output.elements() as u64
    }
}
