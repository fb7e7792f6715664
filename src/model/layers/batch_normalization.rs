//! Batch normalisation.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit, single};
use crate::model::Initializer;
use crate::model::variable::VariableSpec;
use crate::shape::Shape;

fn yes() -> bool {
    true
}

/// `out = gamma * (in - mean) / sqrt(variance + epsilon) + beta` per channel (Keras' `BatchNormalization`): by the
/// batch's own mean and biased variance in training, by their moving averages else. Weights: `gamma`, `beta`,
/// `moving_mean`, `moving_variance` (channels). Source: Ioffe and Szegedy, ICML 2015.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNormalization {
    /// How much of a moving average stays at each step. Default 0.99.
    #[serde(default = "default_momentum")]
    pub momentum: f32,
    /// Added to the variance. Default 0.001.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// Whether there is a beta. Default true.
    #[serde(default = "yes")]
    pub center: bool,
    /// Whether there is a gamma. Default true.
    #[serde(default = "yes")]
    pub scale: bool,
}

fn default_momentum() -> f32 {
    0.99
}

fn default_epsilon() -> f32 {
    0.001
}

impl Default for BatchNormalization {
    fn default() -> Self {
        Self { momentum: default_momentum(), epsilon: default_epsilon(), center: true, scale: true }
    }
}

impl Describe for BatchNormalization {
    const CLASS: &'static str = "BatchNormalization";
    const TYPE: &'static str = "batch_normalization";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(Misfit::Option(format!("momentum is {}, it must be from 0 to 1", self.momentum)));
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(Misfit::Option(format!("epsilon is {}, it must be above 0", self.epsilon)));
        }
        single(inputs).cloned()
    }

    fn variables(&self, input: &Shape) -> Vec<VariableSpec> {
        let vector =
            |name, initializer, trainable| VariableSpec::vector(name, input.channels(), initializer, trainable);
        let mut variables = Vec::new();
        variables.extend(self.scale.then(|| vector("gamma", Initializer::Ones, true)));
        variables.extend(self.center.then(|| vector("beta", Initializer::Zeros, true)));
        variables.push(vector("moving_mean", Initializer::Zeros, false));
        variables.push(vector("moving_variance", Initializer::Ones, false));
        variables
    }
}
