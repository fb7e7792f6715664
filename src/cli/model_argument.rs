//! A model by its name, by a file that describes it, or by a run.

use std::path::{Path, PathBuf};

use super::CliError;
use super::run_argument::is_weights_file;
use crate::model::{BUILTIN_NAMES, Model, WeightsFile, builtin};
use crate::settings::suggestion;
use crate::shape::Shape;
use crate::train::{ModelSource, Run, RunConfig, WhichWeights};

/// The configuration that `argument` names, which has a model: one of the program's with nothing else, a configuration
/// file (`.toml`) or the one of a run's folder, or the model that a weights file (`.safetensors`) describes.
///
/// `option` is what messages call the argument.
pub(super) fn find(option: &str, argument: &str) -> Result<RunConfig, CliError> {
    let only = |model| RunConfig { model: Some(model), ..RunConfig::default() };
    let refuse = |reason: String| CliError::Option { option: option.to_owned(), value: argument.to_owned(), reason };
    let path = Path::new(argument);
    if BUILTIN_NAMES.contains(&argument) {
        return Ok(only(ModelSource::Builtin(argument.to_owned())));
    }
    if !path.exists() {
        let known = suggestion(argument, BUILTIN_NAMES);
        return Err(refuse(format!("there is no model of this name, nor a file or run{known}")));
    }
    if is_weights_file(path) {
        let model = WeightsFile::load(path)?.described()?.model.clone();
        return Ok(only(ModelSource::Layers(model.into())));
    }
    let config = RunConfig::load(&config_file(path))?;
    match config.model {
        Some(_) => Ok(config),
        None => Err(refuse("this file describes no model; add [[layers]], or model = \"NAME\"".to_owned())),
    }
}

/// The configuration at `path`, which may be a run's folder.
pub(super) fn config_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(Run::CONFIG) } else { path.to_owned() }
}

/// The model for pictures of shape `input` and so many classes; a model that describes its layers has its own.
pub(super) fn build(source: &ModelSource, input: [usize; 3], classes: usize) -> Result<Model, CliError> {
    match source {
        ModelSource::Builtin(name) => Ok(builtin(name, input, classes)?),
        ModelSource::Layers(source) => Ok(source.build(&Shape::from(input))?),
    }
}

/// Weights that a training starts from.
pub(super) struct Initial {
    path: PathBuf,
    file: WeightsFile,
}

impl Initial {
    /// Loads the file at `path`, or the best weights of the run there.
    pub(super) fn load(path: &Path) -> Result<Self, CliError> {
        let path = if path.is_dir() { path.join(WhichWeights::Best.file_name()) } else { path.to_owned() };
        Ok(Self { file: WeightsFile::load(&path)?, path })
    }

    /// The model that the file describes, its head made for so many classes and nothing frozen; none where another program wrote it.
    pub(super) fn model(&self, classes: usize) -> Result<Option<ModelSource>, CliError> {
        let Some(metadata) = self.file.metadata() else { return Ok(None) };
        let mut model = match metadata.class_names.len() == classes {
            true => metadata.model.clone(),
            false => metadata.model.with_classes(classes)?,
        };
        // What this training freezes is its own choice.
        model.layers.iter_mut().for_each(|layer| layer.trainable = true);
        Ok(Some(ModelSource::Layers(model.into())))
    }

    /// The shape of the pictures that the described model takes.
    pub(super) fn input_shape(&self) -> Option<&Shape> {
        self.file.metadata()?.model.input_shape()
    }

    /// Gives `model` the weights, and says which layers could not take theirs.
    pub(super) fn give(&self, model: &Model) -> Result<(), CliError> {
        let transfer = self.file.transfer(model)?;
        log::info!("initial weights: {}", self.path.display());
        if !transfer.fresh.is_empty() {
            let classes = model.output_shape().elements();
            log::warn!("{} begins anew, since there are {classes} classes now", transfer.fresh.join(", "));
        }
        Ok(())
    }
}
