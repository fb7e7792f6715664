//! ResNet-20 as Ocellus has it: option B's shortcuts, batch normalisation with Keras' epsilon and momentum.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// A convolution and its batch normalisation.
#[derive(Module, Debug)]
struct Normalized {
    conv2d: Conv2d,
    norm: BatchNorm,
}

impl Normalized {
    fn new(channels: [usize; 2], kernel_size: usize, stride: usize, device: &Device) -> Self {
        let convolution =
            Conv2dConfig::new(channels, [kernel_size; 2]).with_stride([stride; 2]).with_padding(PaddingConfig2d::Same);
        let norm = BatchNormConfig::new(channels[1]).with_epsilon(1e-3).with_momentum(0.01);
        Self { conv2d: convolution.init(device), norm: norm.init(device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.conv2d.forward(x))
    }
}

#[derive(Module, Debug)]
struct Block {
    first: Normalized,
    second: Normalized,
    shortcut: Option<Normalized>,
}

impl Block {
    fn new(channels: [usize; 2], device: &Device) -> Self {
        let halves = channels[0] != channels[1];
        let stride = if halves { 2 } else { 1 };
        Self {
            first: Normalized::new(channels, 3, stride, device),
            second: Normalized::new([channels[1]; 2], 3, 1, device),
            shortcut: halves.then(|| Normalized::new(channels, 1, stride, device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let inner = self.second.forward(relu(self.first.forward(x.clone())));
        let around = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x),
            None => x,
        };
        relu(around + inner)
    }
}

#[derive(Module, Debug)]
pub struct Resnet20 {
    stem: Normalized,
    blocks: Vec<Block>,
    classes: Linear,
}

impl Resnet20 {
    pub fn new(device: &Device) -> Self {
        let channels = [[16, 16], [16, 16], [16, 16], [16, 32], [32, 32], [32, 32], [32, 64], [64, 64], [64, 64]];
        Self {
            stem: Normalized::new([3, 16], 3, 1, device),
            blocks: channels.into_iter().map(|channels| Block::new(channels, device)).collect(),
            classes: LinearConfig::new(64, 10).init(device),
        }
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = relu(self.stem.forward(x));
        for block in &self.blocks {
            x = block.forward(x);
        }
        let means: Tensor<2> = x.mean_dim(3).mean_dim(2).flatten(1, 3);
        self.classes.forward(means)
    }
}
