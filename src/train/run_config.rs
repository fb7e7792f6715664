//! A training's settings in TOML: what `train` takes, and what a run's `config.toml` repeats.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LayersSource, ModelSource, OnNan, Optimizer, TrainError, TrainOptions};
use crate::data::{DataError, Dataset, Source};
use crate::model::layers::Pair;
use crate::model::{Builtin, LayerConfig, ModelConfig};
use crate::ops::{KernelChoice, KernelChoices, KernelSelection};
use crate::settings::{Place, SettingsError, Table};

/// All that repeats a training: the contents of a configuration file.
///
/// ```toml
/// model = "lecture" # or layers of its own: [[layers]], with `name` and `outputs` for the model
///
/// [data]
/// name = "cifar10"
///
/// [training]
/// epochs = 10
///
/// [optimizer]
/// name = "adam"
/// ```
///
/// Whatever a file leaves out has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(into = "Written")]
pub struct RunConfig {
    /// The model; none where the choice is left to the program.
    pub model: Option<ModelSource>,
    /// The dataset and which part of it.
    pub data: DataConfig,
    /// The options of training.
    pub training: TrainingConfig,
    /// The optimizer and its constants.
    pub optimizer: Optimizer,
    /// The kernels that were measured to be the fastest, pass by pass: a run writes down its own.
    pub kernels: KernelChoices,
}

/// A dataset and which part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// The dataset's name, or the folder of pictures. Default `digits`.
    pub name: String,
    /// Where its files are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// The height and width that pictures of a folder are brought to. Default: the model's input, else 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<Pair>,
    /// How many training samples are used, the first ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Which share of them validates, the last ones; the test split does where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_split: Option<f64>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { name: "digits".to_owned(), dir: None, image_size: None, limit: None, validation_split: None }
    }
}

impl DataConfig {
    /// What of `train`, the pictures to train on, is trained on, and what of them validates where a share does.
    pub fn divide(&self, train: Dataset) -> Result<(Dataset, Option<Dataset>), DataError> {
        let train = match self.limit {
            Some(limit) => train.take(limit)?,
            None => train,
        };
        match self.validation_split {
            Some(fraction) => train.split_last(fraction).map(|(train, validation)| (train, Some(validation))),
            None => Ok((train, None)),
        }
    }
}

/// The options of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// How often the dataset is gone through. Default 10.
    pub epochs: usize,
    /// Samples per step. Default 32.
    pub batch_size: usize,
    /// Of initial weights, order and dropout. Default 0.
    pub seed: u32,
    /// Whether the order changes every epoch. Default true.
    pub shuffle: bool,
    /// Which share of a label's weight is spread over all classes. Default 0.
    pub label_smoothing: f64,
    /// Which kernels run where there are several. Default the fast ones.
    pub kernels: KernelChoice,
    /// Whether they are measured, or chosen by the adapter's class. Default `auto`, measured; only where `kernels` leaves
    /// the choice.
    pub kernel_choice: KernelSelection,
    /// What to do after a step whose numbers are not finite. Default to stop.
    pub on_nan: OnNan,
    /// Whether what can run as one kernel with what stands before it does. Default true; without it every op runs by
    /// itself, to the same weights within rounding.
    pub fusion: bool,
    /// After how many steps, of the whole training, there are checkpoints, beside those after every epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<usize>,
    /// How many checkpoints are kept, the newest. Default 2.
    pub keep: usize,
    /// The weights it starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
    /// The layers whose weights stay as they are, beside those that say `trainable = false`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<String>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        let options = TrainOptions::default();
        Self {
            epochs: options.epochs,
            batch_size: options.batch_size,
            seed: options.seed,
            shuffle: options.shuffle,
            label_smoothing: options.label_smoothing,
            kernels: options.kernels,
            kernel_choice: KernelSelection::default(),
            fusion: options.fusion,
            on_nan: options.on_nan,
            checkpoint_every: None,
            keep: 2,
            init: None,
            freeze: Vec::new(),
        }
    }
}

/// A configuration as its file has it.
#[derive(Serialize)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<String>,
    data: DataConfig,
    training: TrainingConfig,
    optimizer: Optimizer,
    #[serde(skip_serializing_if = "KernelChoices::is_empty")]
    kernels: KernelChoices,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<LayerConfig>,
}

impl From<RunConfig> for Written {
    fn from(config: RunConfig) -> Self {
        let RunConfig { model, data, training, optimizer, kernels } = config;
        let (model, layers) = match model {
            None => (None, None),
            Some(ModelSource::Builtin(name)) => (Some(name), None),
            Some(ModelSource::Layers(source)) => (None, Some(source.config)),
        };
        let (name, outputs, layers) = match layers {
            Some(ModelConfig { name, layers, outputs }) => (Some(name), outputs, layers),
            None => (None, Vec::new(), Vec::new()),
        };
        Self { model, name, outputs, data, training, optimizer, kernels, layers }
    }
}

/// Why a configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}; check that it is there and may be read", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its contents are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl RunConfig {
    /// Reads the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Ok(Self::parse(path, &text)?)
    }

    /// Reads `text`, which errors call the contents of `file`.
    pub fn parse(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let mut root = Table::parse(file, text)?;
        let root_place = root.place();
        let builtin_place = root.place_of("model");
        let builtin = root.take::<String>("model")?;
        let layers = ModelConfig::read(&mut root)?;
        let model = match (builtin, layers) {
            (None, None) => None,
            (Some(name), None) => match name.parse::<Builtin>() {
                Ok(_) => Some(ModelSource::Builtin(name)),
                Err(error) => {
                    let place = builtin_place.unwrap_or_else(|| root.place());
                    return Err(place.error(format!("'model': {error}")));
                }
            },
            (None, Some((config, places))) => Some(ModelSource::Layers(LayersSource { config, places })),
            (Some(_), Some(_)) => {
                let reason = "the file has both a 'model' by name and [[layers]]; keep one of them";
                return Err(builtin_place.unwrap_or_else(|| root.place()).error(reason.to_owned()));
            }
        };
        let [data, training, optimizer, kernels] =
            ["data", "training", "optimizer", "kernels"].map(|key| root.take_table(key));
        let (data, training, optimizer, kernels) = (data?, training?, optimizer?, kernels?);
        let places: Vec<(String, Place)> =
            [&data, &training, &optimizer].into_iter().flatten().flat_map(Table::places).collect();
        let data: DataConfig = data.map(Table::rest).transpose()?.unwrap_or_default();
        let training: TrainingConfig = training.map(Table::rest).transpose()?.unwrap_or_default();
        let optimizer = optimizer.map(Optimizer::read).transpose()?.unwrap_or_default();
        let kernels_place = kernels.as_ref().map(Table::place);
        let kernels: KernelChoices = kernels.map(Table::rest).transpose()?.unwrap_or_default();
        root.end()?;
        let reason = match training.kernel_choice {
            KernelSelection::Fixed => Some("'kernel_choice' is \"fixed\""),
            KernelSelection::Auto if training.kernels != KernelChoice::Fast => Some("'kernels' forces others"),
            KernelSelection::Auto => None,
        };
        if let Some((place, reason)) = kernels_place.clone().zip(reason) {
            return Err(place.error(format!("[kernels] lists measured kernels, but {reason}; keep one of them")));
        }
        if let Some(place) = kernels_place.filter(|_| kernels.any(KernelChoice::Fast)) {
            return Err(place.error("[kernels] names kinds of kernels; \"fast\" is none".to_owned()));
        }
        let known = Source { name: data.name.clone(), ..Source::default() }.is_known();
        if let Some((_, place)) = places.iter().find(|(key, _)| key == "image_size").filter(|_| known) {
            let name = &data.name;
            return Err(
                place.error(format!("'image_size': the pictures of {name} have a size of their own; leave it out"))
            );
        }
        let config = Self { model, data, training, optimizer, kernels };
        match config.check() {
            Err(TrainError::Option { option, value, range }) => {
                // Defaults are in their ranges, so what is not stands in the file.
                let place = places.into_iter().find(|(key, _)| key == option);
                let place = place.map_or_else(|| root_place.clone(), |(_, place)| place);
                Err(place.error(format!("'{option}' is {value}, it must be {range}")))
            }
            _ => Ok(config),
        }
    }

    /// An error that names the first option out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |option, value: String, range| Err(TrainError::Option { option, value, range });
        if self.data.limit == Some(0) {
            return refuse("limit", "0".to_owned(), "at least 1");
        }
        if let Some(fraction) = self.data.validation_split.filter(|fraction| !(*fraction > 0.0 && *fraction < 1.0)) {
            return refuse("validation_split", fraction.to_string(), "between 0 and 1, for example 0.1");
        }
        if self.training.checkpoint_every == Some(0) {
            return refuse("checkpoint_every", "0".to_owned(), "at least 1");
        }
        if self.training.keep == 0 {
            return refuse("keep", "0".to_owned(), "at least 1");
        }
        self.train_options().check()
    }

    /// The text of a file that says the same.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// The model's name, where there is a model.
    pub fn model_name(&self) -> Option<&str> {
        match self.model.as_ref()? {
            ModelSource::Builtin(name) => Some(name),
            ModelSource::Layers(source) => Some(&source.config.name),
        }
    }

    /// The options of training, without those that only say where a model begins.
    pub fn train_options(&self) -> TrainOptions {
        let training = &self.training;
        TrainOptions {
            epochs: training.epochs,
            batch_size: training.batch_size,
            optimizer: self.optimizer,
            seed: training.seed,
            shuffle: training.shuffle,
            label_smoothing: training.label_smoothing,
            kernels: training.kernels,
            fusion: training.fusion,
            on_nan: training.on_nan,
        }
    }
}
