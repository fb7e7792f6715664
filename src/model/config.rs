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
    /// The layers in an order in which they can run. A layer that stands several times under one name is shared; its
    /// second use is called `NAME#2` in connections.
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
        let mut layers: HashMap<&str, (Layer, usize)> = HashMap::new();
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        let mut inputs = Vec::new();
        let mut previous: Option<Tensor> = None;
        for config in &self.layers {
            let layer = || Layer::with(config.kind.clone(), Some(config.name.clone()), config.trainable);
            let (layer, uses) = layers.entry(&config.name).or_insert_with(|| (layer(), 0));
            if *layer.kind() != config.kind || layer.trainable() != config.trainable {
                return Err(ModelError::DuplicateName(config.name.clone()));
            }
            let is_input = matches!(config.kind, LayerKind::Input(_));
            let taken: Vec<&Tensor> = match &previous {
                Some(previous) if config.inputs.is_empty() && !is_input => vec![previous],
                _ => config.inputs.iter().map(|source| find(&tensors, source)).collect::<Result<_, _>>()?,
            };
            let tensor = layer.apply(&taken)?;
            if is_input {
                inputs.push(tensor.clone());
            }
            tensors.insert(use_name(&config.name, *uses), tensor.clone());
            *uses += 1;
            previous = Some(tensor);
        }
        let outputs = match &previous {
            Some(last) if self.outputs.is_empty() => vec![last],
            _ => self.outputs.iter().map(|name| find(&tensors, name)).collect::<Result<Vec<_>, _>>()?,
        };
        Model::new(&self.name, &inputs.iter().collect::<Vec<_>>(), &outputs)
    }
}

/// What connections call a use of a layer: its name, and from the second use on `NAME#2`, `NAME#3`, ...
fn use_name(layer: &str, earlier_uses: usize) -> String {
    if earlier_uses == 0 { layer.to_owned() } else { format!("{layer}#{}", earlier_uses + 1) }
}

fn find<'a>(tensors: &'a HashMap<String, Tensor>, name: &str) -> Result<&'a Tensor, ModelError> {
    tensors.get(name).ok_or_else(|| {
        let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
        names.sort_unstable();
        ModelError::UnknownLayer { name: name.to_owned(), available: names.join(", ") }
    })
}

impl Model {
    /// The model in words.
    pub fn config(&self) -> ModelConfig {
        let nodes = self.nodes();
        let name = |&place: &usize| {
            let layer = &nodes[place].layer;
            let earlier = nodes[..place].iter().filter(|node| node.layer.is(layer)).count();
            use_name(layer.name(), earlier)
        };
        let layers = nodes.iter().enumerate().map(|(place, node)| {
            // What follows the layer before it need not say so.
            let follows = place > 0 && node.inputs == [place - 1];
            LayerConfig {
                name: node.layer.name().to_owned(),
                inputs: if follows { Vec::new() } else { node.inputs.iter().map(name).collect() },
                trainable: node.layer.trainable(),
                kind: node.layer.kind().clone(),
            }
        });
        let last = self.outputs() == [nodes.len() - 1];
        ModelConfig {
            name: self.name().to_owned(),
            layers: layers.collect(),
            outputs: if last { Vec::new() } else { self.outputs().iter().map(name).collect() },
        }
    }
}
