//! Layers that treat every element alike.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit, single};
use crate::model::Activation;
use crate::shape::Shape;

/// `out = activation(in)` (Keras' `Activation`, `ReLU` and `Softmax`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationLayer {
    /// The function.
    pub activation: Activation,
}

impl Describe for ActivationLayer {
    const CLASS: &'static str = "Activation";
    const TYPE: &'static str = "activation";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        single(inputs).cloned()
    }
}

/// `out = in` where in > 0, else `negative_slope * in` (Keras' `LeakyReLU`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakyRelu {
    /// The slope below 0, not negative. Default 0.3.
    #[serde(default = "three_tenths")]
    pub negative_slope: f32,
}

fn three_tenths() -> f32 {
    0.3
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self { negative_slope: three_tenths() }
    }
}

impl Describe for LeakyRelu {
    const CLASS: &'static str = "LeakyReLU";
    const TYPE: &'static str = "leaky_relu";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        if !(self.negative_slope >= 0.0 && self.negative_slope.is_finite()) {
            return Err(Misfit::Option(format!("negative_slope is {}, it must not be negative", self.negative_slope)));
        }
        single(inputs).cloned()
    }
}

/// `out = in` where in > 0, else `alpha * (exp(in) - 1)` (Keras' `ELU`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elu {
    /// The limit far below 0, negated. Default 1.
    #[serde(default = "one")]
    pub alpha: f32,
}

fn one() -> f32 {
    1.0
}

impl Default for Elu {
    fn default() -> Self {
        Self { alpha: one() }
    }
}

impl Describe for Elu {
    const CLASS: &'static str = "ELU";
    const TYPE: &'static str = "elu";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        if !self.alpha.is_finite() {
            return Err(Misfit::Option(format!("alpha is {}, it must be a finite number", self.alpha)));
        }
        single(inputs).cloned()
    }
}

/// In training `out = in / (1 - rate)` for a random part of the elements and 0 for the rest, a share of `rate`; else
/// `out = in` (Keras' `Dropout`). Source: Srivastava et al., JMLR 15, 2014.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// The share of elements dropped, from 0 to below 1.
    pub rate: f32,
}

impl Dropout {
    /// Drops this share of the elements.
    pub fn new(rate: f32) -> Self {
        Self { rate }
    }
}

impl Describe for Dropout {
    const CLASS: &'static str = "Dropout";
    const TYPE: &'static str = "dropout";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(Misfit::Option(format!("rate is {}, it must be at least 0 and below 1", self.rate)));
        }
        single(inputs).cloned()
    }
}
