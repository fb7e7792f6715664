//! The model that a training begins with.

use std::path::{Path, PathBuf};

use super::{BuildError, ModelSource, RunConfig, WhichWeights};
use crate::model::{
    Layer, Model, ModelError, Transfer, WeightsError, WeightsFile, builtin, cifar10_weights, is_shipped, weight_name,
};
use crate::settings::SettingsError;
use crate::shape::Shape;

/// Why it cannot be told what a training begins with.
#[derive(Debug, thiserror::Error)]
pub enum InitialError {
    /// The settings make no model.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The model cannot be made for these classes, or has not the layers that are frozen.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The weights that it starts from do not serve.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The weights that it started from are not there any more, or others.
    #[error(
        "the training began with the weights in {path}, seen from the folder in which it ran, and these cannot be used \
         any more; put them back, or name a run that began afresh", path = .path.display()
    )]
    Gone {
        /// Where they were.
        path: PathBuf,
        /// What is wrong with what is there.
        source: WeightsError,
    },
    /// The settings are not those of the model.
    #[error("the settings describe another model than the one that was trained: {0}; name a run as it was written")]
    OtherModel(String),
}

/// Weights that a training starts from.
#[derive(Clone, Debug)]
pub struct InitialWeights {
    path: PathBuf,
    file: WeightsFile,
}

/// A model as a training begins with it.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The model with its first weights.
    pub model: Model,
    /// What became of the weights that it starts from; nothing is fresh where it starts from none.
    pub transfer: Transfer,
}

impl InitialWeights {
    /// Loads the file at `path`, the best weights of the run there, or by their name
    /// ([`CIFAR10_WEIGHTS`](crate::model::CIFAR10_WEIGHTS)) those inside the program.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        if is_shipped(path) {
            return Ok(Self { file: cifar10_weights()?, path: path.to_owned() });
        }
        let path = if path.is_dir() { path.join(WhichWeights::Best.file_name()) } else { path.to_owned() };
        Ok(Self { file: WeightsFile::load(&path)?, path })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The shape of the pictures that the described model takes.
    pub fn input_shape(&self) -> Option<&Shape> {
        self.file.metadata()?.model.input_shape()
    }

    /// The model that the file describes, its head made for so many classes and nothing frozen; none where another
    /// program wrote it. It is that of the file's weights, so that it takes memory only as the file does.
    fn model(&self, input: [usize; 3], classes: usize) -> Result<Option<ModelSource>, InitialError> {
        let Some(metadata) = self.file.metadata() else { return Ok(None) };
        self.file.check(&metadata.model.build_for(&Shape::from(input))?)?;
        let mut model = match metadata.class_names.len() == classes {
            true => metadata.model.clone(),
            false => metadata.model.with_classes(classes)?,
        };
        // What this training freezes is its own choice.
        model.layers.iter_mut().for_each(|layer| layer.trainable = true);
        Ok(Some(ModelSource::Layers(model.into())))
    }
}

impl ModelSource {
    /// The model for pictures of shape `input` and so many classes; one that describes its layers has its own.
    pub fn build(&self, input: [usize; 3], classes: usize) -> Result<Model, BuildError> {
        match self {
            ModelSource::Builtin(name) => Ok(builtin(name, input, classes)?),
            ModelSource::Layers(source) => source.build(&Shape::from(input)),
        }
    }
}

impl RunConfig {
    /// The weights that the training starts from; `None` where it starts from random ones.
    pub fn initial_weights(&self) -> Result<Option<InitialWeights>, WeightsError> {
        self.training.init.as_deref().map(InitialWeights::load).transpose()
    }

    /// The model that a training by these settings begins with, for pictures of shape `input` and so many classes: its
    /// weights are filled from the seed, then taken from `initial`, which are [`RunConfig::initial_weights`]. Without a
    /// model in the settings it is the one that `initial` describes, and the lecture's where there is none.
    ///
    /// # Errors
    ///
    /// When the settings make no model, `initial` does not fit it, or there is no memory for its weights: it takes some
    /// only once all else is right.
    pub fn begin(
        &self,
        initial: Option<&InitialWeights>,
        input: [usize; 3],
        classes: usize,
    ) -> Result<Beginning, InitialError> {
        let model = self.unfilled(initial, input, classes)?;
        let transfer = self.fill(&model, initial)?;
        Ok(Beginning { model, transfer })
    }

    /// The model of [`RunConfig::begin`] before it has weights. A file can describe one that no memory holds: whatever can
    /// be refused without filling it is.
    fn unfilled(
        &self,
        initial: Option<&InitialWeights>,
        input: [usize; 3],
        classes: usize,
    ) -> Result<Model, InitialError> {
        let described = match (&self.model, initial) {
            (None, Some(initial)) => initial.model(input, classes)?,
            (model, _) => model.clone(),
        };
        let source = described.unwrap_or_else(|| ModelSource::Builtin("lecture".to_owned()));
        let model = source.build(input, classes)?;
        if let Some(initial) = initial {
            initial.file.check_transfer(&model)?;
        }
        model.freeze(&self.training.freeze)?;
        Ok(model)
    }

    /// Gives it the weights that the training begins with.
    fn fill(&self, model: &Model, initial: Option<&InitialWeights>) -> Result<Transfer, InitialError> {
        model.try_initialize(self.training.seed)?;
        Ok(initial.map(|initial| initial.file.transfer(model)).transpose()?.unwrap_or_default())
    }

    /// The model as it was before the training by these settings made `trained` of it; its weights are its own.
    ///
    /// # Errors
    ///
    /// When the training started from weights that are not there any more, or the settings are not those of `trained`.
    /// Weights that were exchanged for others of the same shapes are taken for those that were there.
    pub fn initial_model(&self, trained: &Model) -> Result<Model, InitialError> {
        let gone = |source| {
            let path = self.training.init.clone().unwrap_or_default();
            InitialError::Gone { path, source }
        };
        let initial = self.initial_weights().map_err(gone)?;
        let shape = trained.input_shape();
        let input = shape.picture().ok_or_else(|| {
            InitialError::OtherModel(format!("that takes inputs of shape {shape}, but trainings are on pictures"))
        })?;
        let built = self.unfilled(initial.as_ref(), input, trained.output_shape().channels());
        let model = built.map_err(|error| match error {
            InitialError::Weights(source) => gone(source),
            error => error,
        })?;
        let weights = |model: &Model| -> Vec<(String, Shape)> {
            let layers = model.layers();
            let named = |layer: &Layer| -> Vec<(String, Shape)> {
                layer.variables().iter().map(|weight| (weight_name(layer, weight), weight.shape().clone())).collect()
            };
            layers.iter().flat_map(named).collect()
        };
        let (known, expected) = (weights(&model), weights(trained));
        if let Some((name, shape)) = expected.iter().find(|weight| !known.contains(weight)) {
            return Err(InitialError::OtherModel(format!("they have no '{name}' of shape {shape}")));
        }
        match known.iter().find(|weight| !expected.contains(weight)) {
            Some((name, shape)) => {
                Err(InitialError::OtherModel(format!("the trained one has no '{name}' of shape {shape}")))
            }
            None => {
                self.fill(&model, initial.as_ref())?;
                Ok(model)
            }
        }
    }
}

/// The settings of the training that made the weights inside the program ([`crate::model::cifar10_weights`]);
/// [`RunConfig::initial_model`] tells what it began with.
pub fn cifar10_config() -> Result<RunConfig, SettingsError> {
    let name = Path::new("lecture-cifar10.toml, inside the program");
    RunConfig::parse(name, include_str!("../../assets/lecture-cifar10.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{lecture, mlp, resnet20};

    /// The correlation of two layers' weights.
    fn correlation(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn the_weights_inside_the_program_grew_from_those_of_their_seed() {
        let trained = cifar10_weights().unwrap().model().unwrap();
        let config = cifar10_config().unwrap();
        let initial = config.initial_model(&trained).unwrap();
        let fresh = lecture([32, 32, 3], 10).unwrap();
        fresh.initialize(config.training.seed);
        assert_eq!(initial.weights(), fresh.weights());
        // Ten epochs do not make a layer forget where it began.
        fresh.initialize(config.training.seed + 1);
        let [initial, other, trained] = [&initial, &fresh, &trained].map(Model::weights);
        for ((initial, other), trained) in initial.iter().zip(&other).zip(&trained) {
            if initial.0.ends_with(".kernel") {
                let (own, foreign) = (correlation(&initial.2, &trained.2), correlation(&other.2, &trained.2));
                assert!(own > 0.3 && foreign.abs() < 0.15, "{}: {own} and {foreign}", initial.0);
            }
        }
    }

    #[test]
    fn a_graph_begins_as_it_was_initialized() {
        let trained = resnet20([16, 16, 3], 7).unwrap();
        let mut config = RunConfig { model: Some(ModelSource::Layers(trained.config().into())), ..Default::default() };
        config.training.seed = 5;
        let initial = config.initial_model(&trained).unwrap();
        assert!(trained.weights()[0].2.iter().all(|value| *value == 0.0), "the weights are not shared");
        trained.initialize(5);
        assert_eq!(initial.weights(), trained.weights());
        // A name makes the same model as its layers.
        config.model = Some(ModelSource::Builtin("resnet20".to_owned()));
        assert_eq!(config.initial_model(&trained).unwrap().weights(), trained.weights());
    }

    #[test]
    fn settings_of_another_model_are_refused() {
        let trained = lecture([20, 20, 1], 10).unwrap();
        let other = mlp([20, 20, 1], 10).unwrap();
        let config = RunConfig { model: Some(ModelSource::Layers(other.config().into())), ..RunConfig::default() };
        let error = config.initial_model(&trained).unwrap_err().to_string();
        assert!(error.contains("another model") && error.contains("conv2d.kernel"), "{error}");
        assert!(RunConfig::default().initial_model(&trained).is_ok());
        let part = trained.up_to("dense").unwrap();
        let config = RunConfig { model: Some(ModelSource::Layers(trained.config().into())), ..RunConfig::default() };
        let error = config.initial_model(&part).unwrap_err().to_string();
        assert!(error.contains("the trained one has no 'dense_1.kernel' of shape (64, 10)"), "{error}");
    }
}
