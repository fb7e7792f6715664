//! A model in f64 on the CPU: every node by its twin in `reference`, gradients by finite differences.

use std::collections::HashMap;

use ocellus::model::{Activation, Layer, LayerKind, Model, Node};
use ocellus::plan::Mode;
use ocellus::random;
use ocellus::reference::{
    self, activation::Function, average_pooling2d, batch_normalization as batch_norm, finite_differences,
    max_pooling2d, softmax, softmax_cross_entropy,
};

use crate::support::wide;

/// A model's weights by name.
pub type Weights = HashMap<String, Vec<f64>>;

/// The step of finite differences: far above the rounding of f64, so small that hardly a kink lies within.
const STEP: f64 = 1e-6;

/// How a model is to be run.
pub struct Interpreter<'a> {
    pub model: &'a Model,
    pub mode: Mode,
    pub label_smoothing: f64,
    /// Of dropout.
    pub seed: u32,
    /// Of dropout.
    pub iteration: u32,
}

impl<'a> Interpreter<'a> {
    /// Runs `model` as in inference.
    pub fn inference(model: &'a Model) -> Self {
        Self { model, mode: Mode::Inference, label_smoothing: 0.0, seed: 0, iteration: 0 }
    }

    /// The weights that the model has now.
    pub fn weights(&self) -> Weights {
        self.model.weights().into_iter().map(|(name, _, values)| (name, wide(&values))).collect()
    }

    /// The names of the weights that training changes, in order.
    pub fn trained(&self) -> Vec<String> {
        let layers = self.model.layers();
        let trained = layers.iter().filter(|layer| layer.trainable()).flat_map(|layer| {
            let variables = layer.variables().iter().filter(|variable| variable.trainable());
            variables.map(|variable| format!("{}.{}", layer.name(), variable.name())).collect::<Vec<_>>()
        });
        trained.collect()
    }

    /// Every node's output for a batch of images.
    pub fn outputs(&self, weights: &Weights, images: &[f64]) -> Vec<Vec<f64>> {
        self.outputs_where(weights, images, |_, _| {})
    }

    /// The same, where `change` may move a node's output before others see it.
    fn outputs_where(&self, weights: &Weights, images: &[f64], change: impl Fn(usize, &mut Vec<f64>)) -> Vec<Vec<f64>> {
        let batch = images.len() / self.model.input_shape().elements();
        let mut outputs: Vec<Vec<f64>> = Vec::new();
        for (place, node) in self.model.nodes().iter().enumerate() {
            let mut output = match node.inputs.as_slice() {
                [] => images.to_vec(),
                inputs => {
                    let inputs: Vec<(&Node, &[f64])> =
                        inputs.iter().map(|&i| (&self.model.nodes()[i], outputs[i].as_slice())).collect();
                    self.layer(&node.layer, weights, batch, &inputs)
                }
            };
            change(place, &mut output);
            outputs.push(output);
        }
        outputs
    }

    /// The place of the model's first output among its nodes.
    pub fn output(&self) -> usize {
        self.model.outputs()[0]
    }

    /// The mean loss, the number of correct answers, and the logits or probabilities they are taken from.
    pub fn evaluate(&self, weights: &Weights, images: &[f64], labels: &[u32]) -> (f64, usize, Vec<f64>) {
        let output = self.outputs(weights, images).swap_remove(self.output());
        let (loss, correct) = self.metrics(&output, labels);
        (loss, correct, output)
    }

    /// The mean loss of a model's output, and the number of correct answers.
    pub fn metrics(&self, output: &[f64], labels: &[u32]) -> (f64, usize) {
        let classes = self.model.output_shape().channels();
        // Of probabilities the logarithms are logits.
        let logits: Vec<f64> = match self.ends_in_softmax() {
            true => output.iter().map(|p| p.ln()).collect(),
            false => output.to_vec(),
        };
        let losses = softmax_cross_entropy::forward(classes, self.label_smoothing, &logits, labels);
        let correct = softmax_cross_entropy::correct(classes, &logits, labels);
        (losses.iter().sum::<f64>() / labels.len() as f64, correct)
    }

    fn ends_in_softmax(&self) -> bool {
        let activation = match self.model.nodes()[self.output()].layer.kind() {
            LayerKind::Activation(layer) => layer.activation,
            LayerKind::Dense(layer) => layer.activation,
            _ => Activation::Linear,
        };
        activation == Activation::Softmax
    }

    /// The gradient of the mean loss by each trained weight.
    pub fn weight_gradients(&self, weights: &Weights, images: &[f64], labels: &[u32]) -> Vec<(String, Vec<f64>)> {
        let mut moved = weights.clone();
        let mut gradients = Vec::new();
        for name in self.trained() {
            let at = weights[&name].clone();
            let loss = |values: &[f64]| {
                moved.insert(name.clone(), values.to_vec());
                self.evaluate(&moved, images, labels).0
            };
            let gradient = finite_differences::gradient(loss, &at, STEP);
            moved.insert(name.clone(), at);
            gradients.push((name, gradient));
        }
        gradients
    }

    /// The gradient by the output of node `place` of a score of the model's output.
    pub fn node_gradient(
        &self,
        weights: &Weights,
        images: &[f64],
        place: usize,
        score: impl Fn(&[f64]) -> f64,
    ) -> Vec<f64> {
        let at = self.outputs(weights, images).swap_remove(place);
        let moved = |values: &[f64]| {
            let replace = |node: usize, output: &mut Vec<f64>| {
                if node == place {
                    output.copy_from_slice(values);
                }
            };
            score(&self.outputs_where(weights, images, replace)[self.output()])
        };
        finite_differences::gradient(moved, &at, STEP)
    }

    /// Brings the moving statistics of batch normalisation to where a training step on these images leaves them.
    pub fn update_moving(&self, weights: &mut Weights, images: &[f64]) {
        let outputs = self.outputs(weights, images);
        for node in self.model.nodes() {
            let LayerKind::BatchNormalization(spec) = node.layer.kind() else { continue };
            let ones = vec![1.0; node.shape.channels()];
            let (x, channels, epsilon) = (&outputs[node.inputs[0]], ones.len(), spec.epsilon.into());
            let (_, batch) = batch_norm::training(channels, epsilon, x, &ones, &ones);
            let name = |variable: &str| format!("{}.{variable}", node.layer.name());
            let (mean, variance) = (weights[&name("moving_mean")].clone(), weights[&name("moving_variance")].clone());
            let moving = batch_norm::Statistics { mean, variance };
            let moving = batch_norm::update_moving(spec.momentum.into(), &moving, &batch);
            weights.insert(name("moving_mean"), moving.mean);
            weights.insert(name("moving_variance"), moving.variance);
        }
    }

    fn layer(&self, layer: &Layer, weights: &Weights, batch: usize, inputs: &[(&Node, &[f64])]) -> Vec<f64> {
        let (node, x) = inputs[0];
        let (shape, channels) = (&node.shape, node.shape.channels());
        let weight = |name: &str| weights.get(&format!("{}.{name}", layer.name())).map(Vec::as_slice);
        let kernel = || weight("kernel").unwrap();
        match layer.kind() {
            LayerKind::Input(_) | LayerKind::Flatten(_) => x.to_vec(),
            LayerKind::Conv2d(spec) => {
                let window = spec.window(shape).unwrap();
                let extents = [channels, spec.filters];
                let out = reference::conv2d::forward(batch, &window, extents, x, kernel(), weight("bias"));
                activate(spec.activation, spec.filters, out)
            }
            LayerKind::DepthwiseConv2d(spec) => {
                let window = spec.window(shape).unwrap();
                let extents = [channels, spec.depth_multiplier];
                let out = reference::depthwise_conv2d::forward(batch, &window, extents, x, kernel(), weight("bias"));
                activate(spec.activation, channels * spec.depth_multiplier, out)
            }
            LayerKind::Dense(spec) => {
                let out = reference::matmul::forward(x.len() / channels, channels, spec.units, x, kernel());
                let out = match weight("bias") {
                    Some(bias) => reference::bias::forward(spec.units, &out, bias),
                    None => out,
                };
                activate(spec.activation, spec.units, out)
            }
            LayerKind::MaxPooling2d(spec) => max_pooling2d::forward(batch, &spec.window(shape).unwrap(), channels, x).0,
            LayerKind::AveragePooling2d(spec) => {
                average_pooling2d::forward(batch, &spec.window(shape).unwrap(), channels, x)
            }
            LayerKind::GlobalAveragePooling2d(_) => {
                reference::global_average_pooling2d::forward(batch, shape.elements() / channels, channels, x)
            }
            LayerKind::Activation(spec) => activate(spec.activation, channels, x.to_vec()),
            LayerKind::LeakyRelu(spec) => {
                let negative_slope = spec.negative_slope.into();
                reference::activation::forward(Function::LeakyRelu { negative_slope }, x)
            }
            LayerKind::Elu(spec) => reference::activation::forward(Function::Elu { alpha: spec.alpha.into() }, x),
            LayerKind::Dropout(spec) => match self.mode {
                Mode::Training => {
                    let number = self.model.layers().iter().position(|other| other.is(layer)).unwrap();
                    let seed = random::layer_seed(self.seed, number as u32);
                    let mask = reference::dropout::mask(seed, self.iteration, spec.rate, x.len());
                    reference::dropout::forward(&mask, x)
                }
                Mode::Inference => x.to_vec(),
            },
            LayerKind::BatchNormalization(spec) => {
                let gamma = weight("gamma").map_or_else(|| vec![1.0; channels], <[f64]>::to_vec);
                let beta = weight("beta").map_or_else(|| vec![0.0; channels], <[f64]>::to_vec);
                let epsilon = spec.epsilon.into();
                if self.mode == Mode::Training && layer.trainable() {
                    return batch_norm::training(channels, epsilon, x, &gamma, &beta).0;
                }
                let mean = weight("moving_mean").unwrap().to_vec();
                let moving = batch_norm::Statistics { mean, variance: weight("moving_variance").unwrap().to_vec() };
                batch_norm::inference(channels, epsilon, x, &gamma, &beta, &moving)
            }
            LayerKind::Add(_) => reference::add::forward(&inputs.iter().map(|(_, x)| *x).collect::<Vec<_>>()),
            LayerKind::Concatenate(_) => {
                let inputs: Vec<(usize, &[f64])> = inputs.iter().map(|(node, x)| (node.shape.channels(), *x)).collect();
                reference::concatenate::forward(&inputs)
            }
        }
    }
}

fn activate(activation: Activation, channels: usize, x: Vec<f64>) -> Vec<f64> {
    let function = match activation {
        Activation::Linear => Function::Linear,
        Activation::Relu => Function::Relu,
        Activation::LeakyRelu => Function::LeakyRelu { negative_slope: 0.2 },
        Activation::Elu => Function::Elu { alpha: 1.0 },
        Activation::Gelu => Function::Gelu,
        Activation::GeluTanh => Function::GeluTanh,
        Activation::Silu => Function::Silu,
        Activation::Sigmoid => Function::Sigmoid,
        Activation::Tanh => Function::Tanh,
        Activation::Softmax => return softmax::forward(channels, &x),
    };
    reference::activation::forward(function, &x)
}
