//! Weights on disk: safetensors, with all that is needed to predict in one JSON string of its metadata.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::{Layer, Model, ModelConfig, ModelError, weight_name};
use crate::files::{checksum, write_whole};
use crate::shape::Shape;

/// The key of our metadata; one, since the format writes several in random order.
const KEY: &str = "ocellus";

/// The version of the metadata that this program writes and knows.
const VERSION: u32 = 1;

/// What every pixel's byte is multiplied by.
const PIXEL_SCALE: f64 = 1.0 / 255.0;

/// What a weights file says beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The version of this description: 1.
    pub version: u32,
    /// The model.
    pub model: ModelConfig,
    /// The names of the classes, in the order of the outputs.
    pub class_names: Vec<String>,
    /// The name of the dataset it was trained on.
    pub dataset: String,
    /// What a pixel's byte is multiplied by on its way into the model: 1/255.
    pub pixel_scale: f64,
}

impl Metadata {
    /// The description of `model`, trained on `dataset` with classes of these names.
    pub fn new(model: &Model, dataset: &str, class_names: &[String]) -> Self {
        Self {
            version: VERSION,
            model: model.config(),
            class_names: class_names.to_vec(),
            dataset: dataset.to_owned(),
            pixel_scale: PIXEL_SCALE,
        }
    }
}

/// The metadata as a file has it.
#[derive(Serialize)]
struct Written<'a> {
    /// The file's checksum; it stands first, so that it is found.
    crc32: &'static str,
    #[serde(flatten)]
    metadata: &'a Metadata,
}

/// What tells whether this program knows the rest.
#[derive(Deserialize)]
struct Announced {
    version: u32,
    pixel_scale: f64,
}

/// The metadata as they are read. A field that is not known is refused, or a checksum whose own name was changed would
/// be passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    /// None where an earlier program wrote the file.
    crc32: Option<String>,
    version: u32,
    model: ModelConfig,
    class_names: Vec<String>,
    dataset: String,
    pixel_scale: f64,
}

impl From<Read> for Metadata {
    fn from(read: Read) -> Self {
        let Read { crc32: _, version, model, class_names, dataset, pixel_scale } = read;
        Self { version, model, class_names, dataset, pixel_scale }
    }
}

/// The weights of a model, as a file holds them.
#[derive(Clone, Debug)]
pub struct WeightsFile {
    path: PathBuf,
    metadata: Option<Metadata>,
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

/// What [`WeightsFile::transfer`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The layers that kept the weights they had, since the file's are for another number of classes.
    pub fresh: Vec<String>,
}

/// What of a file goes into a model.
struct Fit<'a> {
    /// The layers that keep the weights they have.
    fresh: Vec<String>,
    /// The weights by their names, with their values in the file.
    copies: Vec<(String, &'a [f32])>,
}

/// What can be wrong with a weights file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It cannot be read.
    #[error("cannot read weights from {path}; check that the file is there and may be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write weights to {path}; check that the folder is there, may be written and has room")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no safetensors file, or a damaged one.
    #[error("{path} is not a whole safetensors file: {reason}; write it again or use another copy")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is not what was written.
    #[error("{path} is damaged: {reason}; use another copy")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Its tensors are not the model's.
    #[error("the weights in {path} do not fit model '{model}': {reason}")]
    Misfit {
        /// The file.
        path: PathBuf,
        /// The model's name.
        model: String,
        /// Which weight, and how it differs.
        reason: String,
    },
    /// Its metadata does not describe a model.
    #[error("the metadata in {path} does not describe a model")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ModelError,
    },
}

impl WeightsFile {
    /// Writes the weights of `model` to `path`, whole or not at all. Equal weights give equal files.
    pub fn save(path: &Path, model: &Model, metadata: &Metadata) -> Result<(), WeightsError> {
        let format = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
        let weights = model.weights();
        let views = weights
            .iter()
            .map(|(name, shape, values)| {
                let bytes = bytemuck::cast_slice(values);
                let view = TensorView::new(Dtype::F32, shape.extents().to_vec(), bytes);
                view.map(|view| (name, view)).map_err(|error| format(error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let written = Written { crc32: checksum::NO_DIGITS, metadata };
        let json = serde_json::to_string(&written).map_err(|error| format(error.to_string()))?;
        let information = Some(HashMap::from([(KEY.to_owned(), json)]));
        let mut bytes = safetensors::serialize(views, information).map_err(|error| format(error.to_string()))?;
        checksum::seal(&mut bytes);
        write_whole(path, &bytes).map_err(|source| WeightsError::Write { path: path.to_owned(), source })
    }

    /// Reads a weights file; files of other programs have no metadata of ours.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        let bytes = std::fs::read(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
        Self::from_bytes(path, &bytes)
    }

    /// The same from the file's contents; messages call them `path`.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, WeightsError> {
        let format = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| format(error.to_string()))?;
        let contents = SafeTensors::deserialize(bytes).map_err(|error| format(error.to_string()))?;
        let damaged = |reason: String| WeightsError::Damaged { path: path.to_owned(), reason };
        // Files of other and earlier programs have none.
        let is_checked = checksum::check(bytes).map_err(damaged)?;
        let json = header.metadata().as_ref().and_then(|information| information.get(KEY));
        let read = json.map(|json| read_metadata(json)).transpose().map_err(format)?;
        if !is_checked && read.as_ref().is_some_and(|read| read.crc32.is_some()) {
            return Err(damaged("its checksum does not stand where it was written".to_owned()));
        }
        let metadata = read.map(Metadata::from);
        let mut tensors = HashMap::new();
        for (name, view) in contents.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(format(format!("tensor '{name}' is {:?}, weights are F32", view.dtype())));
            }
            // The data need not be aligned within the file.
            tensors.insert(name, (view.shape().to_vec(), bytemuck::pod_collect_to_vec(view.data())));
        }
        Ok(Self { path: path.to_owned(), metadata, tensors })
    }

    /// What the file says beside the weights; `None` where another program wrote it.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// Gives `model` the file's weights: every one that it has must be there, in its shape, and no other.
    pub fn apply(&self, model: &Model) -> Result<(), WeightsError> {
        self.copy(self.fit(model, &[])?, model).map(|_| ())
    }

    /// An error where [`WeightsFile::apply`] would give one. `model` is not filled, so that one from anybody's file takes
    /// no memory before it is known to be that of the weights.
    pub fn check(&self, model: &Model) -> Result<(), WeightsError> {
        self.fit(model, &[]).map(|_| ())
    }

    /// Gives `model`, which may tell another number of classes apart than the file's, the file's weights. As in
    /// [`WeightsFile::apply`] all must fit, only the layers that make the model's outputs may have another number of
    /// channels; these keep the weights they have, so fill them before ([`Model::initialize`]).
    pub fn transfer(&self, model: &Model) -> Result<Transfer, WeightsError> {
        self.copy(self.fit(model, &model.head())?, model)
    }

    /// An error where [`WeightsFile::transfer`] would give one; `model` is not filled.
    pub fn check_transfer(&self, model: &Model) -> Result<(), WeightsError> {
        self.fit(model, &model.head()).map(|_| ())
    }

    /// Finds all weights but those of layers of `head` that differ in the last extent alone.
    fn fit(&self, model: &Model, head: &[Layer]) -> Result<Fit<'_>, WeightsError> {
        let misfit = |reason: String| self.misfit(model, reason);
        let (mut fresh, mut known) = (Vec::new(), HashSet::new());
        let mut copies: Vec<(String, &[f32])> = Vec::new();
        for layer in model.layers() {
            let mut own = Vec::new();
            let mut other_classes = false;
            for variable in layer.variables() {
                let (name, shape) = (weight_name(&layer, variable), variable.shape());
                let Some((found, values)) = self.tensors.get(&name) else {
                    return Err(misfit(format!("there is no '{name}' of shape {shape}")));
                };
                if found != shape.extents() {
                    let in_head = head.iter().any(|other| other.is(&layer));
                    if !(in_head && differ_in_last(found, shape.extents())) {
                        return Err(misfit(format!(
                            "'{name}' has shape {}, the model's has {shape}",
                            Shape::new(found.clone())
                        )));
                    }
                    other_classes = true;
                }
                known.insert(name.clone());
                own.push((name, values.as_slice()));
            }
            if other_classes {
                fresh.push(layer.name().to_owned());
            } else {
                copies.extend(own);
            }
        }
        let mut names: Vec<&String> = self.tensors.keys().collect();
        names.sort_unstable();
        if let Some(name) = names.into_iter().find(|name| !known.contains(*name)) {
            return Err(misfit(format!("the model has no '{name}'")));
        }
        Ok(Fit { fresh, copies })
    }

    /// Copies what was found for `model`.
    fn copy(&self, fit: Fit<'_>, model: &Model) -> Result<Transfer, WeightsError> {
        for (name, values) in fit.copies {
            model.set_weight(&name, values.to_vec()).map_err(|error| self.misfit(model, error.to_string()))?;
        }
        Ok(Transfer { fresh: fit.fresh })
    }

    fn misfit(&self, model: &Model, reason: String) -> WeightsError {
        WeightsError::Misfit { path: self.path.clone(), model: model.name().to_owned(), reason }
    }

    /// What the file says beside the weights; an error where another program wrote it.
    pub fn described(&self) -> Result<&Metadata, WeightsError> {
        self.metadata.as_ref().ok_or_else(|| WeightsError::Format {
            path: self.path.clone(),
            reason: "it has no description of its model, so another program wrote it".to_owned(),
        })
    }

    /// The model that the metadata describes, with the file's weights.
    pub fn model(&self) -> Result<Model, WeightsError> {
        let metadata = self.described()?;
        let model = metadata.model.build().map_err(|source| WeightsError::Model { path: self.path.clone(), source })?;
        self.apply(&model)?;
        Ok(model)
    }
}

/// The metadata in `json`, or what is wrong with them.
fn read_metadata(json: &str) -> Result<Read, String> {
    let describe = |error: serde_json::Error| format!("its metadata: {error}");
    let Announced { version, pixel_scale } = serde_json::from_str(json).map_err(describe)?;
    if version != VERSION || pixel_scale != PIXEL_SCALE {
        return Err(format!(
            "its description has version {version} and pixel scale {pixel_scale}, this program knows {VERSION} and \
             {PIXEL_SCALE}: a later program wrote it"
        ));
    }
    serde_json::from_str(json).map_err(describe)
}

/// Whether two shapes of one rank are the same but for the last extent.
fn differ_in_last(a: &[usize], b: &[usize]) -> bool {
    match (a.split_last(), b.split_last()) {
        (Some((last, a)), Some((other, b))) => a == b && last != other,
        _ => false,
    }
}
