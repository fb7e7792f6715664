//! A model in words, as files hold it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::graph::{Counters, check_layer_name};
use super::{Layer, LayerKind, Model, ModelError, Tensor};
use crate::settings::{Place, SettingsError, Table, suggestion};
use crate::shape::Shape;

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
    /// Its name. Default: its type and a counter, as in Keras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The layers whose outputs it takes. Default: the one before it. Where the first layer does not declare an input,
    /// the model's is called `input_layer`.
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
    /// Reads `name`, `outputs` and `[[layers]]` from a file of settings, of which they are a part. `None` where there are
    /// no layers. The lines of the layers, and that of `outputs`, are for errors that only building finds.
    pub fn read(table: &mut Table<'_>) -> Result<Option<(Self, Vec<Place>)>, SettingsError> {
        let name = table.take::<String>("name")?;
        let outputs_place = table.place_of("outputs").unwrap_or_else(|| table.place());
        let outputs = table.take::<Vec<String>>("outputs")?.unwrap_or_default();
        let mut layers = Vec::new();
        let mut places = Vec::new();
        for layer in table.take_tables("layers")? {
            places.push(layer.place());
            layers.push(LayerConfig::read(layer)?);
        }
        if layers.is_empty() {
            return match name {
                Some(_) => Err(table.error("a model has a 'name' but no layers; add [[layers]]")),
                None => Ok(None),
            };
        }
        places.push(outputs_place);
        let name = name.unwrap_or_else(|| "model".to_owned());
        Ok(Some((Self { name, layers, outputs }, places)))
    }

    /// The model, its weights not yet filled.
    pub fn build(&self) -> Result<Model, ModelError> {
        self.build_noting(None, &mut 0)
    }

    /// The model; where the first layer does not declare an input, it takes samples of shape `input`.
    pub fn build_for(&self, input: &Shape) -> Result<Model, ModelError> {
        self.build_noting(Some(input), &mut 0)
    }

    /// The shape of samples that the first layer declares, if it does.
    pub fn input_shape(&self) -> Option<&Shape> {
        match &self.layers.first()?.kind {
            LayerKind::Input(input) => Some(&input.shape),
            _ => None,
        }
    }

    /// Builds the model; `place` is the layer at which building stands.
    pub(crate) fn build_noting(&self, input: Option<&Shape>, place: &mut usize) -> Result<Model, ModelError> {
        let mut layers: HashMap<&str, (Layer, usize)> = HashMap::new();
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        let mut inputs = Vec::new();
        let mut previous: Option<Tensor> = None;
        if let (Some(shape), None) = (input, self.input_shape()) {
            let tensor = Tensor::input(shape.clone())?;
            inputs.push(tensor.clone());
            tensors.insert(tensor.layer().kind().type_name().to_owned(), tensor.clone());
            previous = Some(tensor);
        }
        let names = self.names();
        for (number, (config, name)) in self.layers.iter().zip(&names).enumerate() {
            *place = number;
            check_layer_name(name)?;
            let layer = || Layer::with(config.kind.clone(), Some(name.clone()), config.trainable);
            let (layer, uses) = layers.entry(name).or_insert_with(|| (layer(), 0));
            if *layer.kind() != config.kind || layer.trainable() != config.trainable {
                return Err(ModelError::DuplicateName(name.clone()));
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
            tensors.insert(use_name(name, *uses), tensor.clone());
            *uses += 1;
            previous = Some(tensor);
        }
        // What follows is about no single layer.
        *place = self.layers.len();
        let outputs = match &previous {
            Some(last) if self.outputs.is_empty() => vec![last],
            _ => self.outputs.iter().map(|name| find(&tensors, name)).collect::<Result<Vec<_>, _>>()?,
        };
        Model::new(&self.name, &inputs.iter().collect::<Vec<_>>(), &outputs)
    }

    /// Every layer's name: its own, or its type and a counter, as in Keras.
    fn names(&self) -> Vec<String> {
        let given: Vec<&str> = self.layers.iter().filter_map(|layer| layer.name.as_deref()).collect();
        let mut counters = Counters::around(given.iter().copied());
        let name = |layer: &LayerConfig| match &layer.name {
            Some(name) => name.clone(),
            None => counters.next(layer.kind.type_name()),
        };
        self.layers.iter().map(name).collect()
    }
}

impl LayerConfig {
    fn read(mut table: Table<'_>) -> Result<Self, SettingsError> {
        let name = table.take::<String>("name")?;
        let type_place = table.place_of("type");
        let Some(type_name) = table.take::<String>("type")? else {
            return Err(table.error(&format!("'type' is missing; there are {}", LayerKind::TYPES.join(", "))));
        };
        table.entitle(match &name {
            Some(name) => format!("layer '{name}' ({type_name})"),
            None => format!("layer {type_name}"),
        });
        let inputs = table.take::<Vec<String>>("inputs")?.unwrap_or_default();
        let trainable = table.take("trainable")?.unwrap_or(true);
        let place = type_place.unwrap_or_else(|| table.place());
        match LayerKind::read(&type_name, table) {
            Some(kind) => Ok(Self { name, inputs, trainable, kind: kind? }),
            None => {
                let known = suggestion(&type_name, LayerKind::TYPES.iter().copied());
                Err(place.error(format!("'type': there is no layer '{type_name}'{known}")))
            }
        }
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
                name: Some(node.layer.name().to_owned()),
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
