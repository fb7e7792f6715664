//! All that is needed to go on with a training from between two steps.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::pass::Place;
use super::{CheckpointError, History, Optimizer, TrainOptions};
use crate::data::Dataset;
use crate::model::{Model, ModelConfig};
use crate::ops::{KernelChoice, KernelChoices};

/// Values by the weights' names.
pub(super) type Values = BTreeMap<String, Vec<f32>>;

/// A training between two steps: weights and what the optimizer remembers of each, how far it is, what the present epoch
/// added up to, the history of the epochs before it, and the weights of the best of them.
///
/// [`Trainer::restore`](super::Trainer::restore) goes on from here to the same bits as a training that never stopped.
/// Random numbers need no state, since they are counted: the seed and the step tell them all.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(super) identity: Identity,
    /// The adapter and driver that it was trained on.
    pub(super) adapter: String,
    pub(super) weights: Values,
    pub(super) moments: Vec<Values>,
    /// Of the present epoch.
    pub(super) place: Place,
    /// What the present epoch took so far.
    pub(super) seconds: f64,
    pub(super) history: History,
    /// Empty where no epoch has ended.
    pub(super) best: Values,
}

impl Checkpoint {
    /// The epochs that had ended.
    pub fn epochs(&self) -> usize {
        self.history.epochs.len()
    }

    /// The steps of the epoch after them that were done.
    pub fn step(&self) -> usize {
        self.place.step
    }

    /// The steps of the whole training that were done.
    pub fn iteration(&self) -> usize {
        // Saturating, since a file may say anything.
        self.epochs().saturating_mul(self.identity.steps()).saturating_add(self.step())
    }

    /// The epochs before this moment.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The adapter that it was trained on, with its driver; another one goes on to other bits.
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Gives `model` the weights of this moment.
    pub fn give(&self, model: &Model) -> Result<(), CheckpointError> {
        give(&self.weights, model)
    }

    /// Gives `model` the weights of the best epoch; `false` where none had ended.
    pub fn give_best(&self, model: &Model) -> Result<bool, CheckpointError> {
        give(&self.best, model)?;
        Ok(!self.best.is_empty())
    }
}

/// Gives `model` these of its weights.
pub(super) fn give(values: &Values, model: &Model) -> Result<(), CheckpointError> {
    for (name, values) in values {
        model.set_weight(name, values.clone()).map_err(|error| CheckpointError::Misfit(error.to_string()))?;
    }
    Ok(())
}

/// What a training is, so that no checkpoint of another one is gone on with: model, options and data. How many epochs
/// there are to be does not belong to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Identity {
    /// As a file has it: numbers are compared as they are written there.
    facts: Map<String, Value>,
}

#[derive(Serialize)]
struct Facts {
    model: ModelConfig,
    batch_size: usize,
    optimizer: Optimizer,
    seed: u32,
    shuffle: bool,
    label_smoothing: f64,
    kernels: KernelChoice,
    #[serde(skip_serializing_if = "KernelChoices::is_empty")]
    kernels_of_passes: KernelChoices,
    fusion: bool,
    samples: usize,
    training_data: String,
    validation_data: Option<String>,
}

impl Identity {
    const SAMPLES: &'static str = "samples";
    const BATCH_SIZE: &'static str = "batch_size";
    const VALIDATION: &'static str = "validation_data";

    pub(super) fn new(
        model: ModelConfig,
        options: &TrainOptions,
        choices: &KernelChoices,
        training: &Dataset,
        validation: Option<&Dataset>,
    ) -> Result<Self, CheckpointError> {
        let TrainOptions { batch_size, optimizer, seed, shuffle, label_smoothing, kernels, fusion, .. } = *options;
        let (samples, training_data, validation_data) =
            (training.len(), fingerprint(training), validation.map(fingerprint));
        let facts = Facts {
            model,
            batch_size,
            optimizer,
            seed,
            shuffle,
            label_smoothing,
            kernels,
            kernels_of_passes: choices.clone(),
            fusion,
            samples,
            training_data,
            validation_data,
        };
        let text = serde_json::to_string(&facts).map_err(CheckpointError::Description)?;
        Ok(Self { facts: serde_json::from_str(&text).map_err(CheckpointError::Description)? })
    }

    /// What a file says; an error where it lacks what this room reads of it.
    pub(super) fn from_facts(facts: Map<String, Value>) -> Result<Self, String> {
        let identity = Self { facts };
        for key in [Self::SAMPLES, Self::BATCH_SIZE] {
            if identity.number(key) == 0 {
                return Err(format!("it does not tell its '{key}'"));
            }
        }
        Ok(identity)
    }

    pub(super) fn facts(&self) -> &Map<String, Value> {
        &self.facts
    }

    /// The samples of an epoch.
    pub(super) fn samples(&self) -> usize {
        self.number(Self::SAMPLES)
    }

    pub(super) fn batch_size(&self) -> usize {
        self.number(Self::BATCH_SIZE).max(1)
    }

    /// The steps of an epoch.
    pub(super) fn steps(&self) -> usize {
        self.samples().div_ceil(self.batch_size())
    }

    pub(super) fn is_validated(&self) -> bool {
        self.facts.get(Self::VALIDATION).is_some_and(|data| !data.is_null())
    }

    fn number(&self, key: &str) -> usize {
        self.facts.get(key).and_then(Value::as_u64).and_then(|number| number.try_into().ok()).unwrap_or(0)
    }

    /// An error that names what is different in a checkpoint's.
    pub(super) fn check(&self, checkpoint: &Self) -> Result<(), CheckpointError> {
        let keys = self.facts.keys().chain(checkpoint.facts.keys());
        let differs = |key: &&String| self.facts.get(*key) != checkpoint.facts.get(*key);
        let Some(key) = keys.into_iter().find(differs) else { return Ok(()) };
        let shown = |identity: &Self| match identity.facts.get(key).unwrap_or(&Value::Null) {
            Value::Object(_) => "another".to_owned(),
            value => value.to_string(),
        };
        let what = key.replace('_', " ");
        Err(CheckpointError::OtherTraining { what, checkpoint: shown(checkpoint), training: shown(self) })
    }
}

/// Tells one dataset from another: a checksum over shape, pixels and labels.
fn fingerprint(dataset: &Dataset) -> String {
    let mut hash = crc32fast::Hasher::new();
    for extent in dataset.shape() {
        hash.update(&(extent as u64).to_le_bytes());
    }
    hash.update(dataset.pixels());
    let labels: Vec<[u8; 4]> = dataset.labels().iter().map(|label| label.to_le_bytes()).collect();
    hash.update(labels.as_flattened());
    format!("{:08x}", hash.finalize())
}
