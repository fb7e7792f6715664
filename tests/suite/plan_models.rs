//! Small graphs, one for each way in which layers meet.

use ocellus::model::{Activation, Layer, LayerKind, Model, Sequential, Tensor, layers::*};
use ocellus::shape::Padding;

use crate::support::numbers;

/// A name and a model with weights all of which matter.
pub type Case = (String, Model);

/// The model under this name, filled.
pub fn case(name: &str, model: Model) -> Case {
    for (number, (weight, _, values)) in model.weights().into_iter().enumerate() {
        let random = numbers(number as u32 + 1, values.len());
        // Away from 0 where something is divided by them.
        let positive = weight.ends_with("gamma") || weight.ends_with("moving_variance");
        let value = |x: f32| if positive { 1.0 + x / 2.0 } else { x / 2.0 };
        model.set_weight(&weight, random.into_iter().map(value).collect()).unwrap();
    }
    (name.to_owned(), model)
}

fn same(filters: usize, activation: Activation) -> Conv2d {
    Conv2d::new(filters, 3).padding(Padding::Same).activation(activation)
}

/// A classifier of three classes on top of `tensor`.
fn classifier(input: &Tensor, tensor: &Tensor) -> Model {
    let row = tensor.then(Flatten {}).unwrap();
    Model::new("case", &[input], &[&row.then(Dense::new(3)).unwrap()]).unwrap()
}

fn sequence(shape: [usize; 3], layers: Vec<Layer>) -> Model {
    layers.into_iter().fold(Sequential::new(shape), Sequential::add).build().unwrap()
}

/// Layers between a convolution and a classifier.
fn between(layers: Vec<Layer>) -> Model {
    let mut all = vec![Conv2d::new(4, 3).use_bias(false).into()];
    all.extend(layers);
    all.extend([Layer::from(Flatten {}), Dense::new(3).into()]);
    sequence([7, 6, 2], all)
}

/// Graphs whose tensors have several producers or consumers.
pub fn graphs() -> Vec<Case> {
    let input = || Tensor::input([6, 5, 2]).unwrap();
    let mut cases = Vec::new();

    let x = input();
    let a = x.then(same(3, Activation::Relu)).unwrap();
    let b = a.then(same(3, Activation::Linear)).unwrap();
    let sum = Layer::new(Add {}).apply(&[&a, &b]).unwrap();
    let out = sum.then(GlobalAveragePooling2d {}).unwrap();
    cases.push(case("a residual sum", classifier(&x, &out)));

    let x = input();
    let a = x.then(same(3, Activation::Tanh)).unwrap();
    let b = x.then(Conv2d::new(2, 1)).unwrap();
    let both = Layer::new(Concatenate {}).apply(&[&a, &x, &b, &a]).unwrap();
    cases.push(case("a concatenation with the input and with one tensor twice", classifier(&x, &both)));

    let x = input();
    let shared = Layer::from(same(2, Activation::Tanh));
    let out = x.then(shared.clone()).unwrap().then(shared.clone()).unwrap().then(shared).unwrap();
    cases.push(case("a layer used three times", classifier(&x, &out)));

    let x = input();
    let norm = Layer::from(BatchNormalization::default());
    let a = x.then(norm.clone()).unwrap().then(same(2, Activation::Sigmoid)).unwrap().then(norm).unwrap();
    cases.push(case("a normalisation used twice", classifier(&x, &a)));

    let x = input();
    let a = x.then(same(3, Activation::Silu)).unwrap();
    let b = a.then(same(3, Activation::Tanh)).unwrap();
    let c = a.then(DepthwiseConv2d::new(3).padding(Padding::Same)).unwrap();
    let sum = Layer::new(Add {}).apply(&[&a, &b, &c]).unwrap();
    cases.push(case("a tensor with three consumers", classifier(&x, &sum)));

    let x = input();
    let a = x.then(same(3, Activation::Relu)).unwrap();
    let double = Layer::new(Add {}).apply(&[&a, &a]).unwrap();
    cases.push(case("a tensor added to itself", classifier(&x, &double)));

    let x = input();
    let a = x.then(same(3, Activation::Relu)).unwrap();
    let flat = a.then(Flatten {}).unwrap();
    let skip = flat.then(Dense::new(4)).unwrap();
    let pooled = a.then(GlobalAveragePooling2d {}).unwrap();
    let both = Layer::new(Concatenate {}).apply(&[&skip, &pooled]).unwrap();
    cases.push(case("a tensor that is also flattened", classifier(&x, &both)));

    let x = input();
    let frozen = sequence([6, 5, 2], vec![same(3, Activation::Relu).into(), BatchNormalization::default().into()]);
    let mut config = frozen.config();
    config.layers.iter_mut().for_each(|layer| layer.trainable = matches!(layer.kind, LayerKind::Input(_)));
    let frozen = config.build().unwrap();
    let inner = frozen.layers();
    let a = x.then(same(2, Activation::Tanh)).unwrap();
    let out = inner[1..].iter().fold(a, |tensor, layer| {
        let layer = layer.clone();
        tensor.then(layer).unwrap()
    });
    cases.push(case("frozen layers behind one that is not", classifier(&x, &out)));
    cases
}

/// Each kind of layer, behind a convolution and before a classifier.
pub fn layers() -> Vec<Case> {
    let mut cases = vec![
        case("max pooling", between(vec![MaxPooling2d::new(2).into()])),
        case("max pooling that overlaps", between(vec![MaxPooling2d::new(3).strides(2).padding(Padding::Same).into()])),
        case("average pooling", between(vec![AveragePooling2d::new(3).strides(2).padding(Padding::Same).into()])),
        case("global average pooling", between(vec![GlobalAveragePooling2d {}.into()])),
        case("dropout", between(vec![Dropout::new(0.4).into(), Dropout::new(0.2).into()])),
        case("a dense layer over channels", between(vec![Dense::new(5).activation(Activation::Relu).into()])),
        case(
            "depthwise",
            between(vec![DepthwiseConv2d::new(2).depth_multiplier(2).activation(Activation::Tanh).into()]),
        ),
        case(
            "depthwise at first",
            sequence(
                [6, 6, 3],
                vec![
                    DepthwiseConv2d::new(3).depth_multiplier(2).strides(2).into(),
                    Flatten {}.into(),
                    Dense::new(3).into(),
                ],
            ),
        ),
        case(
            "strides and dilation",
            sequence(
                [9, 8, 2],
                vec![
                    Conv2d::new(3, [3, 2]).strides([2, 1]).activation(Activation::Tanh).into(),
                    Conv2d::new(3, 2).dilation_rate(2).into(),
                    Flatten {}.into(),
                    Dense::new(3).into(),
                ],
            ),
        ),
        case("leaky relu", between(vec![LeakyRelu::default().into()])),
        case("elu", between(vec![Elu { alpha: 0.7 }.into()])),
    ];
    let probabilities = vec![Flatten {}.into(), Dense::new(3).activation(Activation::Softmax).into()];
    cases.push(case("softmax at the end", sequence([4, 4, 2], probabilities)));
    let probabilities = vec![Flatten {}.into(), Dense::new(3).into(), activation(Activation::Softmax)];
    cases.push(case("a softmax layer at the end", sequence([4, 4, 2], probabilities)));
    for (center, scale) in [(true, true), (true, false), (false, true), (false, false)] {
        let norm = BatchNormalization { center, scale, ..BatchNormalization::default() };
        let name = format!("batch normalisation, center {center}, scale {scale}");
        cases.push(case(&name, between(vec![norm.into(), activation(Activation::Tanh)])));
    }
    cases
}

fn activation(activation: Activation) -> Layer {
    ActivationLayer { activation }.into()
}

/// Each activation: within a convolution, within a dense layer and as a layer of its own.
pub fn activations() -> Vec<Case> {
    let all = [
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Elu,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Softmax,
    ];
    let model = |f: Activation| {
        let layers = vec![
            Conv2d::new(3, 2).activation(f).into(),
            activation(f),
            DepthwiseConv2d::new(2).activation(f).into(),
            Flatten {}.into(),
            Dense::new(4).activation(f).into(),
            Dense::new(3).into(),
        ];
        sequence([5, 4, 2], layers)
    };
    all.into_iter().map(|f| case(&f.to_string(), model(f))).collect()
}

/// What can run as one with the max pooling after it, over pictures whose edges the pooling does not see.
pub fn pooled() -> Vec<Case> {
    let model = |layers: Vec<Layer>| {
        let end = [Layer::from(Flatten {}), Dense::new(3).into()];
        sequence([9, 8, 2], layers.into_iter().chain(end).collect())
    };
    let two = || MaxPooling2d::new(2).into();
    let overlapping = || MaxPooling2d::new([3, 2]).strides([2, 1]).into();
    let mut cases = Vec::new();
    for f in [Activation::Linear, Activation::Relu, Activation::Elu, Activation::Silu, Activation::Sigmoid] {
        cases.push(case(&format!("{f}, pooled"), model(vec![Conv2d::new(4, [3, 2]).activation(f).into(), two()])));
    }
    let conv2d = || Conv2d::new(16, 3).activation(Activation::Tanh);
    let depthwise = DepthwiseConv2d::new(3).activation(Activation::Tanh);
    cases.extend([
        case("windows that overlap", model(vec![conv2d().into(), overlapping()])),
        case("windows apart", model(vec![conv2d().into(), MaxPooling2d::new(2).strides(3).into()])),
        case(
            "padding",
            model(vec![conv2d().padding(Padding::Same).into(), MaxPooling2d::new(2).padding(Padding::Same).into()]),
        ),
        case("two in a row", model(vec![conv2d().padding(Padding::Same).into(), two(), conv2d().into(), two()])),
        case("a stride before it", model(vec![Conv2d::new(4, 2).strides(2).into(), two()])),
        case("a depthwise convolution before it", model(vec![depthwise.into(), two()])),
        case(
            "a dense layer before it",
            model(vec![Dense::new(4).activation(Activation::Sigmoid).into(), overlapping()]),
        ),
        case(
            "an activation by itself before it",
            model(vec![conv2d().activation(Activation::Linear).into(), activation(Activation::Elu), two()]),
        ),
        case("average pooling after it", model(vec![conv2d().into(), AveragePooling2d::new(2).into()])),
        case("pooling of a pooling", model(vec![conv2d().into(), two(), overlapping()])),
    ]);
    let input = Tensor::input([9, 8, 2]).unwrap();
    let seen_twice = input.then(conv2d()).unwrap();
    let large = seen_twice.then(GlobalAveragePooling2d {}).unwrap();
    let small = seen_twice.then(MaxPooling2d::new(4)).unwrap().then(Flatten {}).unwrap();
    let both = Layer::new(Concatenate {}).apply(&[&small, &large]).unwrap();
    cases.push(case("two poolings after it", classifier(&input, &both)));
    cases
}

/// Models whose normalizations and activations an inference can do in the layer before, and some in which it cannot, with
/// how many dispatches of such layers are left.
pub fn normalized() -> Vec<(Case, usize)> {
    let norm = || Layer::from(BatchNormalization::default());
    let conv2d = |filters| Layer::from(Conv2d::new(filters, 3).padding(Padding::Same));
    let plain = || Layer::from(Conv2d::new(16, 3).use_bias(false));
    let unscaled = BatchNormalization { scale: false, center: false, ..BatchNormalization::default() };
    let leaky = LeakyRelu::default();
    let model = |layers: Vec<Layer>| {
        let end = [Layer::from(Flatten {}), Dense::new(3).into()];
        sequence([7, 6, 3], layers.into_iter().chain(end).collect())
    };
    let one = |name: &str, layers: Vec<Layer>, left: usize| (case(name, model(layers)), left);
    let mut cases = vec![
        one("a normalization and an activation", vec![plain(), norm(), activation(Activation::Relu)], 0),
        one("a normalization without parameters", vec![conv2d(5), unscaled.into()], 0),
        one("a depthwise convolution", vec![DepthwiseConv2d::new(3).into(), norm(), leaky.into()], 0),
        one("an activation alone", vec![conv2d(8), activation(Activation::Gelu), norm()], 1),
        one("an activation of its own", vec![same(4, Activation::Relu).into(), norm(), activation(Activation::Elu)], 2),
        one("two normalizations", vec![conv2d(4), norm(), norm()], 1),
        one("a dense layer", vec![Dense::new(6).into(), norm(), activation(Activation::Tanh)], 0),
    ];
    let input = Tensor::input([6, 5, 2]).unwrap();
    let seen_twice = input.then(conv2d(4)).unwrap();
    let normal = seen_twice.then(norm()).unwrap();
    let sum = Layer::new(Add {}).apply(&[&seen_twice, &normal]).unwrap();
    cases.push((case("a product seen twice", classifier(&input, &sum)), 1));
    cases
}
