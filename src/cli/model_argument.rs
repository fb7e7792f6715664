//! A model by its name, by a file that describes it, or by a run.

use std::path::{Path, PathBuf};

use super::CliError;
use super::run_argument::is_weights_file;
use crate::model::{BUILTIN_NAMES, WeightsFile, cifar10_weights, is_shipped};
use crate::settings::suggestion;
use crate::train::{ModelSource, Run, RunConfig, named_run};

/// The configuration that `argument` names, which has a model: one of the program's with nothing else, a configuration
/// file (`.toml`) or the one of a run's folder, or the model that a weights file (`.safetensors`) or the weights inside
/// the program describe.
///
/// `option` is what messages call the argument.
pub(super) fn find(option: &str, argument: &str) -> Result<RunConfig, CliError> {
    let only = |model| RunConfig { model: Some(model), ..RunConfig::default() };
    let refuse = |reason: String| CliError::Option { option: option.to_owned(), value: argument.to_owned(), reason };
    let path = Path::new(argument);
    if BUILTIN_NAMES.contains(&argument) {
        return Ok(only(ModelSource::Builtin(argument.to_owned())));
    }
    if is_shipped(path) {
        let model = cifar10_weights()?.described()?.model.clone();
        return Ok(only(ModelSource::Layers(model.into())));
    }
    if !path.exists() {
        let known = suggestion(argument, BUILTIN_NAMES);
        return Err(refuse(format!("there is no model of this name, nor a file or run{known}")));
    }
    if is_weights_file(path) {
        let model = WeightsFile::load(path)?.described()?.model.clone();
        return Ok(only(ModelSource::Layers(model.into())));
    }
    let config = RunConfig::load(&config_file(path)?)?;
    match config.model {
        Some(_) => Ok(config),
        None => Err(refuse("this file describes no model; add [[layers]], or model = \"NAME\"".to_owned())),
    }
}

/// The configuration at `path`, which may be a run's folder or `runs/last`.
pub(super) fn config_file(path: &Path) -> Result<PathBuf, CliError> {
    let path = named_run(path)?;
    Ok(if path.is_dir() { path.join(Run::CONFIG) } else { path })
}
