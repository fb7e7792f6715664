//! Small models and made-up datasets to train.

use ocellus::data::{Dataset, Images};
use ocellus::model::{Activation, Model, Sequential, layers::*};
use ocellus::random::{self, Stream};

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

fn initialized(model: Model) -> Model {
    model.initialize(17);
    model
}
