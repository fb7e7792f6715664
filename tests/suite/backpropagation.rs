//! The gradients of a whole model in f64 on the CPU, backwards through the reference's own gradients: for models with
//! too many weights for finite differences.

use ocellus::model::{Activation, Layer, LayerKind, Model, Tensor, layers::*};
use ocellus::plan::Mode;
use ocellus::reference::{
    self, activation::Function, average_pooling2d, batch_normalization as batch_norm, max_pooling2d,
    softmax_cross_entropy,
};
use ocellus::shape::Padding;

use crate::interpreter::{Interpreter, Weights};
use crate::plan_models::case;
use crate::support::{numbers, wide};

/// Every trained weight's gradient by its name, of the mean loss of `model`, whose output is logits, in training.
pub fn weight_gradients(
    interpreter: &Interpreter<'_>,
    weights: &Weights,
    images: &[f64],
    labels: &[u32],
) -> Vec<(String, Vec<f64>)> {
    assert_eq!(interpreter.mode, Mode::Training);
    let model = interpreter.model;
    let outputs = interpreter.outputs(weights, images);
    let mut tape = Tape { model, weights, outputs: &outputs, batch: labels.len(), gradients: Weights::new() };
    let classes = model.output_shape().channels();
    let logits = &outputs[interpreter.output()];
    let mut gradients: Vec<Option<Vec<f64>>> = vec![None; model.nodes().len()];
    let seed = softmax_cross_entropy::gradient(classes, interpreter.label_smoothing, logits, labels);
    gradients[interpreter.output()] = Some(seed);
    for place in (0..model.nodes().len()).rev() {
        let Some(dout) = gradients[place].take() else { continue };
        let node = &model.nodes()[place];
        for (&input, dx) in node.inputs.iter().zip(tape.node(place, &dout)) {
            match &mut gradients[input] {
                Some(sum) => sum.iter_mut().zip(dx).for_each(|(sum, dx)| *sum += dx),
                none => *none = Some(dx),
            }
        }
    }
    let mut found = tape.gradients;
    let trained = interpreter.trained().into_iter();
    trained.map(|name| found.remove_entry(&name).unwrap_or_else(|| panic!("{name} has no gradient"))).collect()
}

struct Tape<'a> {
    model: &'a Model,
    weights: &'a Weights,
    outputs: &'a [Vec<f64>],
    batch: usize,
    gradients: Weights,
}

impl Tape<'_> {
    fn add(&mut self, name: String, part: Vec<f64>) {
        match self.gradients.get_mut(&name) {
            Some(sum) => sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part),
            None => drop(self.gradients.insert(name, part)),
        }
    }

    /// The gradients of a node's inputs; those of its weights are added up.
    fn node(&mut self, place: usize, dout: &[f64]) -> Vec<Vec<f64>> {
        let node = &self.model.nodes()[place];
        let Some(&first) = node.inputs.first() else { return Vec::new() };
        let (shape, batch) = (&self.model.nodes()[first].shape, self.batch);
        let (channels, x, outputs) = (shape.channels(), self.outputs[first].as_slice(), node.shape.channels());
        let name = |variable: &str| format!("{}.{variable}", node.layer.name());
        let weight = |variable: &str| self.weights.get(&name(variable)).map(Vec::as_slice);
        match node.layer.kind() {
            LayerKind::Conv2d(spec) => {
                let (window, kernel) = (spec.window(shape).unwrap(), weight("kernel").unwrap());
                assert_eq!(spec.activation, Activation::Linear);
                let extents = [channels, spec.filters];
                let dx = reference::conv2d::gradient_of_input(batch, &window, extents, dout, kernel);
                let dkernel = reference::conv2d::gradient_of_kernel(batch, &window, extents, x, dout);
                self.affine(name("kernel"), name("bias"), spec.use_bias, outputs, dkernel, dout);
                vec![dx]
            }
            LayerKind::DepthwiseConv2d(spec) => {
                let (window, kernel) = (spec.window(shape).unwrap(), weight("kernel").unwrap());
                assert_eq!(spec.activation, Activation::Linear);
                let extents = [channels, spec.depth_multiplier];
                let dx = reference::depthwise_conv2d::gradient_of_input(batch, &window, extents, dout, kernel);
                let dkernel = reference::depthwise_conv2d::gradient_of_kernel(batch, &window, extents, x, dout);
                self.affine(name("kernel"), name("bias"), spec.use_bias, outputs, dkernel, dout);
                vec![dx]
            }
            LayerKind::Dense(spec) => {
                let (rows, kernel) = (x.len() / channels, weight("kernel").unwrap());
                assert_eq!(spec.activation, Activation::Linear);
                let dx = reference::matmul::gradient_of_a(rows, channels, spec.units, dout, kernel);
                let dkernel = reference::matmul::gradient_of_b(rows, channels, spec.units, x, dout);
                self.affine(name("kernel"), name("bias"), spec.use_bias, outputs, dkernel, dout);
                vec![dx]
            }
            LayerKind::BatchNormalization(spec) => {
                let (gamma, epsilon) = (weight("gamma").unwrap(), spec.epsilon.into());
                let (dx, dgamma, dbeta) = if node.layer.trainable() {
                    let ones = vec![1.0; channels];
                    let (_, batch) = batch_norm::training(channels, epsilon, x, &ones, &ones);
                    let found = batch_norm::gradient_training(channels, epsilon, x, gamma, &batch, dout);
                    (found.x, found.gamma, found.beta)
                } else {
                    let (mean, variance) = (weight("moving_mean").unwrap(), weight("moving_variance").unwrap());
                    let moving = batch_norm::Statistics { mean: mean.to_vec(), variance: variance.to_vec() };
                    let found = batch_norm::gradient_inference(channels, epsilon, x, gamma, &moving, dout);
                    (found.x, found.gamma, found.beta)
                };
                self.add(name("gamma"), dgamma);
                self.add(name("beta"), dbeta);
                vec![dx]
            }
            LayerKind::Activation(spec) => {
                let function = match spec.activation {
                    Activation::Relu => Function::Relu,
                    Activation::Tanh => Function::Tanh,
                    other => panic!("{other}"),
                };
                vec![reference::activation::gradient(function, x, dout)]
            }
            LayerKind::MaxPooling2d(spec) => {
                let window = spec.window(shape).unwrap();
                let (_, winners) = max_pooling2d::forward(batch, &window, channels, x);
                vec![max_pooling2d::gradient(batch, &window, channels, &winners, dout)]
            }
            LayerKind::AveragePooling2d(spec) => {
                vec![average_pooling2d::gradient(batch, &spec.window(shape).unwrap(), channels, dout)]
            }
            LayerKind::GlobalAveragePooling2d(_) => {
                let pixels = shape.elements() / channels;
                vec![reference::global_average_pooling2d::gradient(batch, pixels, channels, dout)]
            }
            LayerKind::Flatten(_) => vec![dout.to_vec()],
            LayerKind::Add(_) => vec![dout.to_vec(); node.inputs.len()],
            other => panic!("{} has no gradient here", other.class()),
        }
    }

    fn affine(
        &mut self,
        kernel: String,
        bias: String,
        use_bias: bool,
        channels: usize,
        dkernel: Vec<f64>,
        dout: &[f64],
    ) {
        self.add(kernel, dkernel);
        if use_bias {
            self.add(bias, reference::bias::gradient(channels, dout));
        }
    }
}

#[test]
fn it_agrees_with_finite_differences() {
    let input = Tensor::input([6, 5, 2]).unwrap();
    let same = |filters, strides| Conv2d::new(filters, 3).strides(strides).padding(Padding::Same);
    let tanh = || ActivationLayer { activation: Activation::Tanh };
    let a = input.then(same(3, 1)).unwrap().then(tanh()).unwrap();
    let b = a.then(same(4, 2)).unwrap().then(BatchNormalization::default()).unwrap();
    let c = a.then(DepthwiseConv2d::new(3).strides(2).padding(Padding::Same)).unwrap().then(Conv2d::new(4, 1)).unwrap();
    let frozen = Layer::named(BatchNormalization::default(), "frozen");
    let sum = Layer::new(Add {}).apply(&[&b, &c, &b]).unwrap().then(frozen.clone()).unwrap().then(tanh()).unwrap();
    let pooled = sum.then(MaxPooling2d::new([1, 2])).unwrap().then(AveragePooling2d::new([2, 1])).unwrap();
    let row = pooled.then(GlobalAveragePooling2d {}).unwrap();
    let out = row.then(Dense::new(4)).unwrap().then(Flatten {}).unwrap().then(Dense::new(3)).unwrap();
    let (_, model) = case("backpropagation", Model::new("case", &[&input], &[&out]).unwrap());
    frozen.set_trainable(false);
    let interpreter = Interpreter { mode: Mode::Training, label_smoothing: 0.1, ..Interpreter::inference(&model) };
    let (weights, labels) = (interpreter.weights(), [2, 0, 1]);
    let images = wide(&numbers(40, labels.len() * model.input_shape().elements()));
    let expected = interpreter.weight_gradients(&weights, &images, &labels);
    let actual = weight_gradients(&interpreter, &weights, &images, &labels);
    assert_eq!(actual.len(), expected.len());
    for ((name, actual), (known, expected)) in actual.iter().zip(&expected) {
        assert_eq!(name, known);
        for (a, e) in actual.iter().zip(expected) {
            assert!((a - e).abs() < 1e-7, "{name}: {a} and {e}");
        }
    }
}
