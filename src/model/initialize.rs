//! A model's weights filled before training.

use super::{Layer, Model, ModelError, Variable, weight_name};

/// The bytes of weights that [`Model::try_initialize`] fills at most: as many as a single weight may have.
const MOST_BYTES: u64 = 4 << 30;

impl Model {
    /// Fills every weight as its initializer says, from `seed` and its place in the model. Where there is no memory for
    /// it the program ends; [`Model::try_initialize`] is for a model that anybody may have described.
    pub fn initialize(&self, seed: u32) {
        let layers = self.layers();
        let variables = layers.iter().flat_map(Layer::variables);
        for (number, variable) in variables.enumerate() {
            variable.set(variable.initializer().values(seed, number as u32, variable.shape().elements()));
        }
    }

    /// The same for a model from a file, of which a few lines can describe more weights than there is memory for.
    ///
    /// # Errors
    ///
    /// When all weights together are more than 4 GiB, or there is no memory for them; nothing is filled then.
    pub fn try_initialize(&self, seed: u32) -> Result<(), ModelError> {
        let layers = self.layers();
        self.check_bytes(&layers)?;
        let variables: Vec<(&Layer, &Variable)> =
            layers.iter().flat_map(|layer| layer.variables().iter().map(move |variable| (layer, variable))).collect();
        // All of it first, so that nothing is filled where something is refused.
        let mut reserved = Vec::new();
        for (layer, variable) in &variables {
            let mut values: Vec<f32> = Vec::new();
            values.try_reserve_exact(variable.shape().elements()).map_err(|_| ModelError::NoMemory {
                layer: layer.name().to_owned(),
                weight: weight_name(layer, variable),
                bytes: variable.bytes(),
            })?;
            reserved.push(values);
        }
        for (number, ((_, variable), mut values)) in variables.into_iter().zip(reserved).enumerate() {
            variable.initializer().append(seed, number as u32, variable.shape().elements(), &mut values);
            variable.set(values);
        }
        Ok(())
    }

    /// An error where the weights together are too many, which names the layer that has the most.
    fn check_bytes(&self, layers: &[Layer]) -> Result<(), ModelError> {
        let of = |layer: &Layer| layer.variables().iter().map(Variable::bytes).sum::<u64>();
        let bytes = layers.iter().map(of).sum();
        match layers.iter().max_by_key(|layer| of(layer)) {
            Some(largest) if bytes > MOST_BYTES => Err(ModelError::TooManyWeights {
                model: self.name().to_owned(),
                bytes,
                layer: largest.name().to_owned(),
                layer_bytes: of(largest),
                most: MOST_BYTES,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Sequential, layers::Dense};

    #[test]
    fn both_ways_fill_a_model_with_the_same_weights() {
        let model = || Sequential::new([3]).add(Dense::new(4)).add(Dense::new(2)).build().unwrap();
        let (first, second) = (model(), model());
        first.initialize(7);
        second.try_initialize(7).unwrap();
        assert_eq!(first.weights(), second.weights());
        assert!(first.weights()[0].2.iter().any(|value| *value != 0.0));
    }
}
