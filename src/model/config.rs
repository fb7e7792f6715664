//! A model in words, as files hold it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Layer, LayerKind, Model, ModelError, Tensor};

/// A model's layers, options and connections, without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The model's name.
    pub name: String,
    /// The layers in an order in which they can run. A layer that stands several times under one name is shared.
    pub layers: Vec<LayerConfig>,
    /// The layers whose outputs are the model's. Default: the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
}

/// One use of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerConfig {
    /// Its name.
    pub name: String,
    /// The layers whose outputs it takes. Default: the one before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// Whether training changes its weights. Default true.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub trainable: bool,
    /// What it does.
    #[serde(flatten)]
    pub kind: LayerKind,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

impl ModelConfig {
    /// The model, its weights not yet filled.
    pub fn build(&self) -> Result<Model, ModelError> {
        let mut layers: HashMap<&str, Layer> = HashMap::new();
        let mut tensors: HashMap<&str, Tensor> = HashMap::new();
        let mut inputs = Vec::new();
        let mut previous: Option<&str> = None;
        for config in &self.layers {
            let name = config.name.as_str();
            if layers.contains_key(name) {
                return Err(ModelError::DuplicateName(config.name.clone()));
            }
            let layer = Layer::with(config.kind.clone(), Some(config.name.clone()), config.trainable);
            let is_input = matches!(config.kind, LayerKind::Input(_));
            let sources: Vec<&str> = match previous {
                Some(previous) if config.inputs.is_empty() && !is_input => vec![previous],
                _ => config.inputs.iter().map(String::as_str).collect(),
            };
            let taken = sources.iter().map(|source| find(&tensors, source)).collect::<Result<Vec<_>, _>>()?;
            let tensor = layer.apply(&taken)?;
            if is_input {
                inputs.push(tensor.clone());
            }
            layers.insert(name, layer);
            tensors.insert(name, tensor);
            previous = Some(name);
        }
        let wanted: Vec<&str> = match previous {
            Some(last) if self.outputs.is_empty() => vec![last],
            _ => self.outputs.iter().map(String::as_str).collect(),
        };
        let outputs = wanted.iter().map(|name| find(&tensors, name)).collect::<Result<Vec<_>, _>>()?;
        Model::new(&self.name, &inputs.iter().collect::<Vec<_>>(), &outputs)
    }
}

fn find<'a>(tensors: &'a HashMap<&str, Tensor>, name: &str) -> Result<&'a Tensor, ModelError> {
    tensors.get(name).ok_or_else(|| {
        let mut names: Vec<&str> = tensors.keys().copied().collect();
        names.sort_unstable();
        ModelError::UnknownLayer { name: name.to_owned(), available: names.join(", ") }
    })
}

impl Model {
    /// The model in words.
    pub fn config(&self) -> ModelConfig {
        let name = |place: &usize| self.nodes()[*place].layer.name().to_owned();
        let layers = self.nodes().iter().enumerate().map(|(place, node)| {
            // What follows the layer before it need not say so.
            let follows = place > 0 && node.inputs == [place - 1];
            LayerConfig {
                name: node.layer.name().to_owned(),
                inputs: if follows { Vec::new() } else { node.inputs.iter().map(name).collect() },
                trainable: node.layer.trainable(),
                kind: node.layer.kind().clone(),
            }
        });
        let last = self.outputs() == [self.nodes().len() - 1];
        ModelConfig {
            name: self.name().to_owned(),
            layers: layers.collect(),
            outputs: if last { Vec::new() } else { self.outputs().iter().map(name).collect() },
        }
    }
}
