//! Initial weights.

use serde::{Deserialize, Serialize};

use crate::random::{self, Stream};

/// How a variable is filled before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Uniform in `±sqrt(6 / (fan_in + fan_out))`. Source: Glorot and Bengio, AISTATS 2010; Keras' default for kernels.
    GlorotUniform {
        /// Inputs of one output.
        fan_in: usize,
        /// Outputs that one input reaches.
        fan_out: usize,
    },
}

impl Initializer {
    /// The values of variable number `variable` of a model, `elements` of them, from `seed`.
    pub fn values(self, seed: u32, variable: u32, elements: usize) -> Vec<f32> {
        let mut values = Vec::with_capacity(elements);
        self.append(seed, variable, elements, &mut values);
        values
    }

    /// Appends the same values to `values`, which may have the room already.
    pub(super) fn append(self, seed: u32, variable: u32, elements: usize, values: &mut Vec<f32>) {
        match self {
            Initializer::Zeros => values.extend(std::iter::repeat_n(0.0, elements)),
            Initializer::Ones => values.extend(std::iter::repeat_n(1.0, elements)),
            Initializer::GlorotUniform { fan_in, fan_out } => {
                let limit = (6.0 / (fan_in + fan_out) as f64).sqrt() as f32;
                let draw = |element: usize| random::uniform(seed, Stream::InitialWeights, variable, element as u32);
                values.extend((0..elements).map(|element| limit * (2.0 * draw(element) - 1.0)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glorot_uniform_fills_its_range_and_depends_on_seed_and_variable() {
        let initializer = Initializer::GlorotUniform { fan_in: 27, fan_out: 288 };
        let limit = (6.0_f32 / 315.0).sqrt();
        let values = initializer.values(1, 0, 10_000);
        let largest = values.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        assert!(largest <= limit && largest > 0.99 * limit);
        assert_ne!(values, initializer.values(2, 0, 10_000));
        assert_ne!(values, initializer.values(1, 1, 10_000));
        assert_eq!(values, initializer.values(1, 0, 10_000));
    }
}
