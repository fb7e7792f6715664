//! Small models and made-up datasets to train.

use ocellus::data::{Dataset, Images};
use ocellus::model::{Activation, Layer, Model, Sequential, Tensor, layers::*};
use ocellus::random::{self, Stream};
use ocellus::shape::Padding;

/// `count` pictures of random bytes with random labels.
pub fn pictures(seed: u32, shape: [usize; 3], classes: usize, count: usize) -> Dataset {
    let bits = |major: u32, minor: usize| random::bits(seed, Stream::Shuffle, major, minor as u32);
    let bytes = count * shape.iter().product::<usize>();
    let images = Images::new(shape, (0..bytes).map(|i| (bits(1000, i) >> 24) as u8).collect()).unwrap();
    let labels = (0..count).map(|i| (bits(1001, i) >> 8) % classes as u32).collect();
    let names = (0..classes).map(|class| format!("class {class}")).collect();
    Dataset::from_memory(images, labels, names).unwrap()
}

/// The pixels of `dataset` as models take them, picture after picture.
pub fn pixels(dataset: &Dataset) -> Vec<f32> {
    dataset.pixels().iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

/// One dense layer.
pub fn dense(shape: [usize; 3], classes: usize) -> Model {
    initialized(Sequential::new(shape).add(Flatten {}).add(Dense::new(classes)).build().unwrap())
}

/// Nothing to train.
pub fn without_weights(shape: [usize; 3]) -> Model {
    Sequential::new(shape).add(Flatten {}).build().unwrap()
}

/// A convolution, a pooling and two dense layers.
pub fn plain(shape: [usize; 3], classes: usize) -> Model {
    let model = Sequential::new(shape)
        .add(Conv2d::new(8, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Flatten {})
        .add(Dense::new(12).activation(Activation::Gelu))
        .add(Dense::new(classes));
    initialized(model.build().unwrap())
}

/// Batch normalisation and dropout.
pub fn noisy(shape: [usize; 3], classes: usize) -> Model {
    let model = Sequential::new(shape)
        .add(Conv2d::new(8, 3).use_bias(false))
        .add(BatchNormalization::default())
        .add(ActivationLayer { activation: Activation::Relu })
        .add(AveragePooling2d::new(2))
        .add(Dropout::new(0.25))
        .add(Flatten {})
        .add(Dense::new(16).activation(Activation::Tanh))
        .add(Dropout::new(0.5))
        .add(Dense::new(classes));
    initialized(model.build().unwrap())
}

/// A graph: a residual sum, batch normalisation, and poolings behind an activation within a layer and one by itself.
pub fn residual(shape: [usize; 3], classes: usize) -> Model {
    let same = |filters: usize| Conv2d::new(filters, 3).padding(Padding::Same);
    let input = Tensor::input(shape).unwrap();
    let then = |tensor: &Tensor, layer: Layer| tensor.then(layer).unwrap();
    let trunk = then(&then(&input, same(16).activation(Activation::Tanh).into()), MaxPooling2d::new(2).into());
    let branch = then(&then(&trunk, same(16).use_bias(false).into()), BatchNormalization::default().into());
    let sum = Layer::new(Add {}).apply(&[&trunk, &branch]).unwrap();
    let active = then(&sum, ActivationLayer { activation: Activation::Relu }.into());
    let pooled = then(&active, MaxPooling2d::new(3).strides(2).padding(Padding::Same).into());
    let output = then(&then(&pooled, Flatten {}.into()), Dense::new(classes).into());
    initialized(Model::new("residual", &[&input], &[&output]).unwrap())
}

pub fn initialized(model: Model) -> Model {
    model.initialize(17);
    model
}
