//! The lecture's model.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

#[derive(Module, Debug)]
pub struct Lecture {
    conv2d: Conv2d,
    conv2d_1: Conv2d,
    conv2d_2: Conv2d,
    pool: MaxPool2d,
    dense: Linear,
    dense_1: Linear,
}

impl Lecture {
    pub fn new(device: &Device) -> Self {
        Self {
            conv2d: Conv2dConfig::new([3, 32], [3, 3]).init(device),
            conv2d_1: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            conv2d_2: Conv2dConfig::new([64, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense: LinearConfig::new(1024, 64).init(device),
            dense_1: LinearConfig::new(64, 10).init(device),
        }
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.conv2d.forward(x)));
        let x = self.pool.forward(relu(self.conv2d_1.forward(x)));
        let x: Tensor<2> = relu(self.conv2d_2.forward(x)).flatten(1, 3);
        self.dense_1.forward(relu(self.dense.forward(x)))
    }
}
