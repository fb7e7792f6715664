//! Where the settings of a training have their model from.

use crate::model::{Model, ModelConfig, ModelError};
use crate::settings::{Place, SettingsError};
use crate::shape::Shape;

/// Where a model's layers are.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelSource {
    /// In the program, under this name.
    Builtin(String),
    /// In the file.
    Layers(LayersSource),
}

/// Layers that a file describes, and where.
#[derive(Clone, Debug)]
pub struct LayersSource {
    /// The layers and their connections.
    pub config: ModelConfig,
    /// Where the file has each layer; empty where no file does.
    pub(super) places: Vec<Place>,
}

impl PartialEq for LayersSource {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl From<ModelConfig> for LayersSource {
    fn from(config: ModelConfig) -> Self {
        Self { config, places: Vec::new() }
    }
}

impl ModelSource {
    /// The shape of samples that the model declares, if it does.
    pub fn input_shape(&self) -> Option<&Shape> {
        match self {
            ModelSource::Builtin(_) => None,
            ModelSource::Layers(source) => source.config.input_shape(),
        }
    }
}

/// Why settings make no model.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A layer of a file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The model as a whole.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl LayersSource {
    /// The model; where its first layer declares no input, it takes samples of shape `input`. Errors name the line of
    /// the layer where the layers come from a file.
    pub fn build(&self, input: &Shape) -> Result<Model, BuildError> {
        let mut layer = 0;
        self.config.build_noting(Some(input), &mut layer).map_err(|error| match self.places.get(layer) {
            Some(place) => place.error(error.to_string()).into(),
            None => error.into(),
        })
    }
}
