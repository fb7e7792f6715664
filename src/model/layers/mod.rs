//! The layers, with Keras' options and defaults.

mod batch_normalization;
mod conv2d;
mod dense;
mod elementwise;
mod merge;
mod pair;
mod pooling;
mod shaping;

pub use batch_normalization::BatchNormalization;
pub use conv2d::{Conv2d, DepthwiseConv2d};
pub use dense::Dense;
pub use elementwise::{ActivationLayer, Dropout, Elu, LeakyRelu};
pub use merge::{Add, Concatenate};
pub use pair::Pair;
pub use pooling::{AveragePooling2d, GlobalAveragePooling2d, MaxPooling2d};
pub use shaping::{Flatten, Input};

use super::variable::VariableSpec;
use crate::shape::Shape;

/// Why a layer cannot take its inputs; the caller knows the layer's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// An input's shape does not do.
    Input {
        /// That shape.
        shape: Shape,
        /// What is wrong and what would do.
        reason: String,
    },
    /// Two inputs do not go together.
    Merge {
        /// The first input's shape.
        first: Shape,
        /// The one that does not fit it.
        other: Shape,
        /// What would do.
        reason: String,
    },
    /// Too few or too many inputs.
    Inputs(&'static str),
    /// An option is out of range.
    Option(String),
}

/// What every layer says of itself.
pub(crate) trait Describe {
    /// Keras' class name, as summaries print it.
    const CLASS: &'static str;
    /// The name of the type in files, and the stem of names given automatically.
    const TYPE: &'static str;

    /// The output's shape for inputs of these shapes, all without the batch.
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit>;

    /// The variables it needs for an input of this shape, for which [`Describe::output_shape`] found no misfit.
    fn variables(&self, _input: &Shape) -> Vec<VariableSpec> {
        Vec::new()
    }

    /// Multiplications that are added up, per sample, on the way from an input to an output of these shapes. Default 0.
    fn multiply_adds(&self, _input: &Shape, _output: &Shape) -> u64 {
        0
    }
}

/// The only input of a layer that takes one.
fn single(inputs: &[Shape]) -> Result<&Shape, Misfit> {
    match inputs {
        [input] => Ok(input),
        _ => Err(Misfit::Inputs("exactly one input")),
    }
}

/// The only input, which must be pictures: height, width and channels.
fn single_picture(inputs: &[Shape]) -> Result<(&Shape, [usize; 3]), Misfit> {
    let input = single(inputs)?;
    let picture = input.picture().ok_or_else(|| Misfit::Input {
        shape: input.clone(),
        reason: "it needs pictures, (height, width, channels)".to_owned(),
    })?;
    Ok((input, picture))
}

/// An error unless `value` is at least 1.
fn at_least_one(option: &str, value: usize) -> Result<(), Misfit> {
    if value == 0 { Err(Misfit::Option(format!("{option} is 0, it must be at least 1"))) } else { Ok(()) }
}
