//! A model: a graph of named layers.

use std::collections::{HashMap, HashSet};

use super::{Layer, LayerKind, ModelError, Tensor, Variable};
use crate::shape::Shape;

/// A graph of named layers from inputs to outputs (Keras' `Model`). Clones share their weights, and so do models made
/// of the same layers.
#[derive(Clone, Debug)]
pub struct Model {
    name: String,
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

/// One use of a layer.
#[derive(Clone, Debug)]
pub struct Node {
    /// The layer.
    pub layer: Layer,
    /// The nodes whose outputs it takes, by their places in [`Model::nodes`].
    pub inputs: Vec<usize>,
    /// Its output's shape, without the batch.
    pub shape: Shape,
}

impl Model {
    /// The model that computes `outputs` from `inputs`, which come from [`Tensor::input`]; it has the layers between them
    /// and no others, so that an inner layer's tensor as an output makes a model cut at that layer.
    pub fn new(name: &str, inputs: &[&Tensor], outputs: &[&Tensor]) -> Result<Self, ModelError> {
        // Runs are named by it, and it may come from anybody's file.
        if name.is_empty()
            || name.starts_with('.')
            || name.contains(['/', '\\', ':'])
            || name.contains(char::is_control)
        {
            return Err(ModelError::BadModelName(name.to_owned()));
        }
        if inputs.is_empty() || outputs.is_empty() {
            return Err(ModelError::Empty);
        }
        let mut model =
            Self { name: name.to_owned(), nodes: Vec::new(), tensors: Vec::new(), inputs: vec![], outputs: vec![] };
        for input in inputs {
            if !matches!(input.layer().kind(), LayerKind::Input(_)) {
                return Err(ModelError::NotAnInput(input.layer().name().to_owned()));
            }
            let place = model.add(input);
            model.inputs.push(place);
        }
        for output in outputs {
            let place = model.visit(output);
            model.outputs.push(place);
        }
        let entries =
            model.nodes.iter().enumerate().filter(|(_, node)| matches!(node.layer.kind(), LayerKind::Input(_)));
        for (place, node) in entries {
            if !model.inputs.contains(&place) {
                return Err(ModelError::MissingInput(node.layer.name().to_owned()));
            }
        }
        model.name_layers()?;
        Ok(model)
    }

    /// Appends a node for `tensor`, whose inputs are there.
    fn add(&mut self, tensor: &Tensor) -> usize {
        let inputs = tensor.inputs().iter().filter_map(|input| self.place(input)).collect();
        self.nodes.push(Node { layer: tensor.layer().clone(), inputs, shape: tensor.shape().clone() });
        self.tensors.push(tensor.clone());
        self.nodes.len() - 1
    }

    fn place(&self, tensor: &Tensor) -> Option<usize> {
        self.tensors.iter().position(|known| known.is(tensor))
    }

    /// The node of `tensor`, after those it depends on: depth first, without recursion, so that deep models do not
    /// exhaust the stack.
    fn visit(&mut self, tensor: &Tensor) -> usize {
        let mut pending = vec![tensor.clone()];
        while let Some(next) = pending.last().cloned() {
            if self.place(&next).is_some() {
                pending.pop();
                continue;
            }
            let missing: Vec<Tensor> =
                next.inputs().iter().rev().filter(|input| self.place(input).is_none()).cloned().collect();
            if missing.is_empty() {
                self.add(&next);
                pending.pop();
            } else {
                pending.extend(missing);
            }
        }
        self.place(tensor).unwrap_or_default()
    }

    /// Names the layers that have no name, by type and counter, in the order in which they run.
    fn name_layers(&self) -> Result<(), ModelError> {
        let layers = self.layers();
        let mut taken = HashSet::new();
        for layer in layers.iter().filter(|layer| layer.has_name()) {
            let name = layer.name();
            check_layer_name(name)?;
            if !taken.insert(name.to_owned()) {
                return Err(ModelError::DuplicateName(name.to_owned()));
            }
        }
        let mut counters = Counters { taken, next: HashMap::new() };
        for layer in layers.iter().filter(|layer| !layer.has_name()) {
            layer.assign_name(counters.next(layer.kind().type_name()));
        }
        Ok(())
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The nodes, each after those it depends on.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes where samples enter.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The nodes whose outputs are the model's.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The layers in the order in which they run, each once.
    pub fn layers(&self) -> Vec<Layer> {
        let mut layers: Vec<Layer> = Vec::new();
        for node in &self.nodes {
            if !layers.iter().any(|layer| layer.is(&node.layer)) {
                layers.push(node.layer.clone());
            }
        }
        layers
    }

    /// The shape of the first input's samples.
    pub fn input_shape(&self) -> &Shape {
        &self.nodes[self.inputs[0]].shape
    }

    /// The shape of the first output.
    pub fn output_shape(&self) -> &Shape {
        &self.nodes[self.outputs[0]].shape
    }

    /// The node of the layer of this name; where a layer is used several times, its first use.
    pub fn find(&self, layer: &str) -> Result<usize, ModelError> {
        self.nodes.iter().position(|node| node.layer.name() == layer).ok_or_else(|| {
            let names: Vec<&str> = self.nodes.iter().map(|node| node.layer.name()).collect();
            ModelError::UnknownLayer { name: layer.to_owned(), available: names.join(", ") }
        })
    }

    /// The output of the layer of this name, to build further models on.
    pub fn tensor(&self, layer: &str) -> Result<&Tensor, ModelError> {
        Ok(&self.tensors[self.find(layer)?])
    }

    /// The model cut at the layer of this name: the same inputs, that layer's output, shared weights.
    pub fn up_to(&self, layer: &str) -> Result<Model, ModelError> {
        self.with_outputs(&[layer])
    }

    /// The model cut at the layers of these names: the same inputs, those layers' outputs, shared weights. What none of
    /// them depends on is not part of it.
    pub fn with_outputs<S: AsRef<str>>(&self, layers: &[S]) -> Result<Model, ModelError> {
        let inputs: Vec<&Tensor> = self.inputs.iter().map(|&input| &self.tensors[input]).collect();
        let outputs = layers.iter().map(|layer| self.tensor(layer.as_ref())).collect::<Result<Vec<_>, _>>()?;
        Model::new(&self.name, &inputs, &outputs)
    }

    /// Every weight's name, `LAYER.VARIABLE`, shape and values, in the order of the layers.
    pub fn weights(&self) -> Vec<(String, Shape, Vec<f32>)> {
        let mut weights = Vec::new();
        for layer in self.layers() {
            for variable in layer.variables() {
                weights.push((weight_name(&layer, variable), variable.shape().clone(), variable.values()));
            }
        }
        weights
    }

    /// Replaces the weight of this name; its number of values must be that of its shape.
    pub fn set_weight(&self, name: &str, values: Vec<f32>) -> Result<(), ModelError> {
        let layers = self.layers();
        let found = layers
            .iter()
            .find_map(|layer| layer.variables().iter().find(|variable| weight_name(layer, variable) == name));
        let refuse = |reason: String| ModelError::Weight { name: name.to_owned(), reason };
        let variable = found.ok_or_else(|| refuse("the model has no weight of this name".to_owned()))?;
        if values.len() != variable.shape().elements() {
            return Err(refuse(format!("{} values for shape {}", values.len(), variable.shape())));
        }
        variable.set(values);
        Ok(())
    }

    /// Keeps the layers of these names from being trained ([`Layer::set_trainable`]); none where any name is unknown.
    pub fn freeze<S: AsRef<str>>(&self, layers: &[S]) -> Result<(), ModelError> {
        let places = layers.iter().map(|name| self.find(name.as_ref())).collect::<Result<Vec<_>, _>>()?;
        places.into_iter().for_each(|place| self.nodes[place].layer.set_trainable(false));
        Ok(())
    }

    /// Multiplications that are added up for one sample: `out_h * out_w * kernel_h * kernel_w * c_in * c_out` for a
    /// convolution, the same without `c_in` for a depthwise one, inputs times units for a dense layer, each time it
    /// is used. Biases, activations and all other layers count as 0.
    pub fn multiply_adds(&self) -> u64 {
        self.node_multiply_adds().into_iter().sum()
    }

    /// The same for each of [`Model::nodes`].
    pub fn node_multiply_adds(&self) -> Vec<u64> {
        let of = |node: &Node| match node.inputs.first() {
            Some(&input) => node.layer.kind().multiply_adds(&self.nodes[input].shape, &node.shape),
            None => 0,
        };
        self.nodes.iter().map(of).collect()
    }

    /// The number of weights: all, and those that training changes.
    pub fn parameters(&self) -> (usize, usize) {
        let (mut all, mut trainable) = (0, 0);
        for layer in self.layers() {
            for variable in layer.variables() {
                all += variable.shape().elements();
                if layer.trainable() && variable.trainable() {
                    trainable += variable.shape().elements();
                }
            }
        }
        (all, trainable)
    }
}

/// A weight's name in files: `conv2d.kernel`.
pub(crate) fn weight_name(layer: &Layer, variable: &Variable) -> String {
    format!("{}.{}", layer.name(), variable.name())
}

/// An error where a layer's name could not stand in files or the names of weights.
pub(super) fn check_layer_name(name: &str) -> Result<(), ModelError> {
    match name.is_empty() || name.contains(['.', '/', '#']) {
        true => Err(ModelError::BadName(name.to_owned())),
        false => Ok(()),
    }
}

/// Names for layers that have none: their type and a counter, as in Keras, around the names that are taken.
pub(super) struct Counters {
    taken: HashSet<String>,
    next: HashMap<&'static str, usize>,
}

impl Counters {
    pub(super) fn around<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: taken.into_iter().map(str::to_owned).collect(), next: HashMap::new() }
    }

    pub(super) fn next(&mut self, stem: &'static str) -> String {
        let counter = self.next.entry(stem).or_default();
        loop {
            let name = if *counter == 0 { stem.to_owned() } else { format!("{stem}_{counter}") };
            *counter += 1;
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}
