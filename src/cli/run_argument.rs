//! The trained model that a command is about: a run, a weights file, the last run, or the weights inside the program.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{CliError, resume};
use crate::explain::convolution_names;
use crate::model::{Metadata, Model, WeightsError, WeightsFile, cifar10_weights, is_shipped};
use crate::settings::suggestion;
use crate::train::{ConfigError, DataConfig, Run, RunConfig, WhichWeights, cifar10_config, last_run, named_run};

/// Which weights of a run to use.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct WeightsOptions {
    /// The run's weights: of the epoch with the best validation accuracy, or after the last one [default: best]
    #[arg(long, value_enum, value_name = "WHICH")]
    weights: Option<Which>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    Best,
    Last,
}

/// What the words of a command line are that belong to no option.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Positionals {
    /// The run's folder or the weights file, where there is one.
    pub(super) run: Option<PathBuf>,
    /// The pictures.
    pub(super) pictures: Vec<PathBuf>,
}

impl Positionals {
    /// Tells run and pictures apart: a run's folder, `runs/last`, a `.safetensors` file or the name of the weights inside
    /// the program is the run, anything else a picture.
    pub(super) fn new(words: &[PathBuf]) -> Result<Self, CliError> {
        let (mut run, mut pictures) = (None, Vec::new());
        for word in words {
            let named = named_run(word)?;
            if !is_shipped(word) && !is_weights_file(word) && !Run::is_at(&named) {
                if word.is_dir() {
                    return Err(CliError::NoRun { path: word.clone() });
                }
                pictures.push(word.clone());
            } else if let Some(first) = run.replace(named) {
                return Err(CliError::TwoRuns { first, second: word.clone() });
            }
        }
        Ok(Self { run, pictures })
    }

    /// The run alone, for commands that take no pictures.
    pub(super) fn without_pictures(words: &[PathBuf]) -> Result<Option<PathBuf>, CliError> {
        let Self { run, pictures } = Self::new(words)?;
        match pictures.into_iter().next() {
            None => Ok(run),
            Some(path) => Err(CliError::NeitherRunNorWeights { path }),
        }
    }
}

/// Whether this is a weights file by its name.
pub(super) fn is_weights_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("safetensors"))
}

/// A trained model and where it comes from.
pub(super) struct Trained {
    /// The model with its weights.
    pub(super) model: Model,
    /// What messages and files call it: the path of its weights.
    pub(super) name: String,
    /// What its file says beside the weights.
    metadata: Metadata,
    /// The data it was trained on.
    pub(super) data: DataConfig,
    /// What repeats its training, where that is known.
    pub(super) settings: Option<RunConfig>,
    /// The run's folder, where it is a run's.
    pub(super) run: Option<PathBuf>,
    /// Whether it is the one inside the program.
    pub(super) is_shipped: bool,
}

impl Trained {
    /// Loads the model of `run`; where there is none that of the last run, and where there was none yet the one inside
    /// the program. Says on the standard error which it is.
    pub(super) fn load(run: Option<&Path>, options: &WeightsOptions) -> Result<Self, CliError> {
        let (path, last) = match run {
            Some(path) => (Some(path.to_owned()), ""),
            None => (last_run()?, "the last run, "),
        };
        let reason = if path.is_none() { ", since there is no run in runs/ yet" } else { "" };
        let Some(path) = path.filter(|path| !is_shipped(path)) else {
            options.refuse("the weights inside the program")?;
            log::info!("model: the CIFAR-10 weights inside the program{reason}");
            let settings = Some(cifar10_config().map_err(ConfigError::from)?);
            let name = "the CIFAR-10 weights inside the program";
            return Ok(Self { is_shipped: true, ..Self::from_file(name, &cifar10_weights()?, settings, None)? });
        };
        if is_weights_file(&path) {
            options.refuse(&path.display().to_string())?;
            log::info!("model: {}", path.display());
            // The weights of a run that were named themselves know their run.
            let folder = path.parent().unwrap_or(Path::new(""));
            // A file of that name may also be another program's.
            let settings = Run::read_config(folder).inspect_err(|error| log::debug!("no run's weights: {error}")).ok();
            let run = settings.is_some().then(|| folder.to_owned());
            return Self::from_file(&path.display().to_string(), &WeightsFile::load(&path)?, settings, run);
        }
        let settings = Run::read_config(&path)?;
        let which = options.which();
        let weights = path.join(which.file_name());
        if !weights.exists() {
            return Err(CliError::NoWeights { run: path, file: which.file_name() });
        }
        let epoch = match which {
            WhichWeights::Best => "of the best epoch",
            WhichWeights::Last => "after the last epoch",
        };
        log::info!("model: {last}{} ({}, {epoch})", path.display(), which.file_name());
        let file = match WeightsFile::load(&weights) {
            Err(source @ (WeightsError::Damaged { .. } | WeightsError::Format { .. })) => {
                let other = if matches!(which, WhichWeights::Best) { "last" } else { "best" };
                return Err(CliError::RunWeights { other, resume: resume::command(&path), source });
            }
            loaded => loaded?,
        };
        Self::from_file(&weights.display().to_string(), &file, Some(settings), Some(path))
    }

    fn from_file(
        name: &str,
        file: &WeightsFile,
        settings: Option<RunConfig>,
        run: Option<PathBuf>,
    ) -> Result<Self, CliError> {
        let model = file.model()?;
        // A file without a description makes no model.
        let metadata = file.metadata().cloned().unwrap_or_else(|| Metadata::new(&model, "", &[]));
        let data = settings.as_ref().map(|settings| settings.data.clone());
        let data = data.unwrap_or_else(|| DataConfig { name: metadata.dataset.clone(), ..DataConfig::default() });
        Ok(Self { model, name: name.to_owned(), metadata, data, settings, run, is_shipped: false })
    }

    /// The layer of this name, if the model has one; an error names those there are.
    pub(super) fn layer(&self, name: &str) -> Result<String, CliError> {
        let layers = self.model.layers();
        if layers.iter().any(|layer| layer.name() == name) {
            return Ok(name.to_owned());
        }
        let known = suggestion(name, layers.iter().map(|layer| layer.name()));
        let reason = format!("model '{}' has no such layer{known}", self.model.name());
        Err(CliError::Option { option: "--layer".to_owned(), value: name.to_owned(), reason })
    }

    /// The same, and the model's first convolution where none is named.
    pub(super) fn layer_or_first_convolution(&self, name: Option<&str>) -> Result<String, CliError> {
        match name {
            Some(name) => self.layer(name),
            None => match convolution_names(&self.model).into_iter().next() {
                Some(name) => Ok(name),
                None => Err(CliError::NoConvolution { model: self.model.name().to_owned() }),
            },
        }
    }

    /// Height, width and channels of the pictures that the model takes.
    pub(super) fn picture_shape(&self) -> Result<[usize; 3], CliError> {
        match *self.model.input_shape().extents() {
            [height, width, channels @ (1 | 3)] => Ok([height, width, channels]),
            _ => Err(CliError::NoPictureModel {
                model: self.model.name().to_owned(),
                input: self.model.input_shape().to_string(),
            }),
        }
    }

    /// An error where the model does not take pictures of this height, width and channels.
    pub(super) fn check_pictures(&self, pictures: [usize; 3]) -> Result<(), CliError> {
        let input = self.model.input_shape();
        if *input.extents() == pictures {
            return Ok(());
        }
        Err(CliError::OtherPictures { pictures, model: self.name.clone(), input: input.to_string() })
    }

    /// The names of the classes that the weights were trained for; none where the file does not tell.
    pub(super) fn known_class_names(&self) -> &[String] {
        &self.metadata.class_names
    }

    /// A name for each of the model's outputs: `class 3` where the weights do not tell one.
    pub(super) fn class_names(&self) -> Vec<String> {
        let classes = self.model.output_shape().channels();
        let known = self.metadata.class_names.iter().take(classes).cloned();
        let numbered = (self.metadata.class_names.len()..classes).map(|class| format!("class {class}"));
        known.chain(numbered).collect()
    }
}

impl WeightsOptions {
    fn which(&self) -> WhichWeights {
        match self.weights {
            None | Some(Which::Best) => WhichWeights::Best,
            Some(Which::Last) => WhichWeights::Last,
        }
    }

    /// An error where a choice was made between weights that are none of a run's.
    fn refuse(&self, chosen: &str) -> Result<(), CliError> {
        let Some(which) = self.weights else { return Ok(()) };
        let value = match which {
            Which::Best => "best",
            Which::Last => "last",
        };
        Err(CliError::Option {
            option: "--weights".to_owned(),
            value: value.to_owned(),
            reason: format!("only a run's folder has both; {chosen} are the weights already, leave the option out"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(words: &[&Path]) -> Result<Positionals, CliError> {
        Positionals::new(&words.iter().map(|word| word.to_path_buf()).collect::<Vec<_>>())
    }

    #[test]
    fn runs_and_weights_are_told_from_pictures_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        std::fs::create_dir(&run).unwrap();
        std::fs::write(run.join("config.toml"), "").unwrap();
        let (cat, dog, weights) = (Path::new("cat.jpg"), Path::new("dog.png"), Path::new("best.SafeTensors"));
        let found = split(&[cat, &run, dog]).unwrap();
        assert_eq!(found.run.as_deref(), Some(run.as_path()));
        assert_eq!(found.pictures, [cat, dog]);
        assert_eq!(split(&[weights, cat]).unwrap().run.as_deref(), Some(weights));
        assert_eq!(split(&[]).unwrap(), Positionals { run: None, pictures: Vec::new() });
        assert!(matches!(split(&[weights, &run]), Err(CliError::TwoRuns { .. })));
        assert!(matches!(split(&[folder.path()]), Err(CliError::NoRun { .. })));
        let refused = Positionals::without_pictures(&[cat.to_owned()]);
        assert!(matches!(refused, Err(CliError::NeitherRunNorWeights { .. })));
    }
}
