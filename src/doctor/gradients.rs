//! The reference's own gradients against finite differences, which know no formula that could be wrong.

use serde::Serialize;

use super::sweep::activation::{functions, twin};
use super::sweep::numbers::{numbers, wide};
use crate::reference::{
    activation, add, average_pooling2d, batch_normalization, bias, concatenate, conv2d, depthwise_conv2d, dropout,
    finite_differences::deviation, global_average_pooling2d, matmul, max_pooling2d, softmax, softmax_cross_entropy,
};
use crate::shape::{Padding, Window};

/// A gradient of the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gradient {
    /// The op, as its file is called.
    pub op: &'static str,
    /// By what.
    pub of: &'static str,
    /// How far it is from finite differences at most, relatively where it is larger than 1.
    pub worst_error: f64,
}

impl Gradient {
    /// What finite differences in f64 leave open.
    pub const BOUND: f64 = 1e-7;

    /// Whether it is the gradient.
    pub fn is_right(&self) -> bool {
        self.worst_error <= Self::BOUND
    }
}

/// `count` numbers.
fn some(seed: u32, count: usize) -> Vec<f64> {
    wide(&numbers(seed, count))
}

/// The reference's gradients at small odd shapes, each compared with finite differences.
pub fn reference_gradients() -> Vec<Gradient> {
    let gradient = |op, of, worst_error| Gradient { op, of, worst_error };
    let mut found = Vec::new();
    for function in functions().into_iter().map(twin) {
        let (x, dout) = (some(1, 17).iter().map(|x| 6.0 * x).collect::<Vec<_>>(), some(2, 17));
        let dx = activation::gradient(function, &x, &dout);
        found.push(gradient("activation", "x", deviation(|x| activation::forward(function, x), &dout, &x, &dx)));
    }
    let (x, dout) = (some(1, 15), some(2, 15));
    // A sum hands its gradient on as it is.
    found.push(gradient("add", "x", deviation(|a| add::forward(&[a, &dout]), &dout, &x, &dout)));
    let dbias = bias::gradient(3, &dout);
    found.push(gradient("bias", "bias", deviation(|b| bias::forward(3, &x, b), &dout, &some(3, 3), &dbias)));
    let parts = concatenate::gradient(&[1, 2], &dout);
    let right = some(3, 10);
    let beside = |left: &[f64]| concatenate::forward(&[(1, left), (2, &right)]);
    found.push(gradient("concatenate", "x", deviation(beside, &dout, &some(4, 5), &parts[0])));
    let mask = dropout::mask(7, 1, 0.5, 15);
    let dx = dropout::gradient(&mask, &dout);
    found.push(gradient("dropout", "x", deviation(|x| dropout::forward(&mask, x), &dout, &x, &dx)));
    let y = softmax::forward(5, &x);
    let dx = softmax::gradient(5, &y, &dout);
    found.push(gradient("softmax", "x", deviation(|x| softmax::forward(5, x), &dout, &x, &dx)));
    let labels = [0, 3, 4];
    let dx = softmax_cross_entropy::gradient(5, 0.1, &x, &labels);
    let losses = |x: &[f64]| softmax_cross_entropy::forward(5, 0.1, x, &labels);
    found.push(gradient("softmax_cross_entropy", "logits", deviation(losses, &[1.0 / 3.0; 3], &x, &dx)));

    let (a, b, dout) = (some(1, 6), some(2, 8), some(3, 12));
    let da = matmul::gradient_of_a(3, 2, 4, &dout, &b);
    found.push(gradient("matmul", "a", deviation(|a| matmul::forward(3, 2, 4, a, &b), &dout, &a, &da)));
    let db = matmul::gradient_of_b(3, 2, 4, &a, &dout);
    found.push(gradient("matmul", "b", deviation(|b| matmul::forward(3, 2, 4, &a, b), &dout, &b, &db)));
    found.extend(of_normalization());
    let windows = [
        Window::new([7, 5], [3, 2], [2, 1], [1, 1], Padding::Valid),
        Window::new([3, 4], [3, 3], [1, 2], [1, 1], Padding::Same),
    ];
    windows.iter().flatten().for_each(|window| found.extend(of_windows(window)));
    found
}

fn of_normalization() -> Vec<Gradient> {
    let (x, gamma, beta, dout) = (some(1, 14), some(2, 2), some(3, 2), some(4, 14));
    let out = |x: &[f64], gamma: &[f64], beta: &[f64]| batch_normalization::training(2, 0.1, x, gamma, beta).0;
    let (_, batch) = batch_normalization::training(2, 0.1, &x, &gamma, &beta);
    let found = batch_normalization::gradient_training(2, 0.1, &x, &gamma, &batch, &dout);
    let gradient = |of, worst_error| Gradient { op: "batch_normalization", of, worst_error };
    vec![
        gradient("x", deviation(|x| out(x, &gamma, &beta), &dout, &x, &found.x)),
        gradient("gamma", deviation(|gamma| out(&x, gamma, &beta), &dout, &gamma, &found.gamma)),
        gradient("beta", deviation(|beta| out(&x, &gamma, beta), &dout, &beta, &found.beta)),
    ]
}

fn of_windows(window: &Window) -> Vec<Gradient> {
    let gradient = |op, of, worst_error| Gradient { op, of, worst_error };
    let (batch, channels) = (2, [2, 3]);
    let taps = window.rows.window * window.columns.window;
    let x = some(1, batch * window.input_pixels() * channels[0]);
    let (kernel, dout) = (some(2, taps * 6), some(3, batch * window.output_pixels() * channels[1]));
    let out = |x: &[f64], kernel: &[f64]| conv2d::forward(batch, window, channels, x, kernel, None);
    let dx = conv2d::gradient_of_input(batch, window, channels, &dout, &kernel);
    let dkernel = conv2d::gradient_of_kernel(batch, window, channels, &x, &dout);
    let mut found = vec![
        gradient("conv2d", "x", deviation(|x| out(x, &kernel), &dout, &x, &dx)),
        gradient("conv2d", "kernel", deviation(|kernel| out(&x, kernel), &dout, &kernel, &dkernel)),
    ];
    // Two channels with three kernels each.
    let dout = some(3, batch * window.output_pixels() * 6);
    let out = |x: &[f64], kernel: &[f64]| depthwise_conv2d::forward(batch, window, channels, x, kernel, None);
    let dx = depthwise_conv2d::gradient_of_input(batch, window, channels, &dout, &kernel);
    let dkernel = depthwise_conv2d::gradient_of_kernel(batch, window, channels, &x, &dout);
    found.push(gradient("depthwise_conv2d", "x", deviation(|x| out(x, &kernel), &dout, &x, &dx)));
    found.push(gradient("depthwise_conv2d", "kernel", deviation(|kernel| out(&x, kernel), &dout, &kernel, &dkernel)));
    let dout = some(3, batch * window.output_pixels() * 2);
    let dx = average_pooling2d::gradient(batch, window, 2, &dout);
    let out = |x: &[f64]| average_pooling2d::forward(batch, window, 2, x);
    found.push(gradient("average_pooling2d", "x", deviation(out, &dout, &x, &dx)));
    let winners = max_pooling2d::forward(batch, window, 2, &x).1;
    let dx = max_pooling2d::gradient(batch, window, 2, &winners, &dout);
    let out = |x: &[f64]| max_pooling2d::forward(batch, window, 2, x).0;
    found.push(gradient("max_pooling2d", "x", deviation(out, &dout, &x, &dx)));
    let (pixels, dout) = (window.input_pixels(), some(3, batch * 2));
    let dx = global_average_pooling2d::gradient(batch, pixels, 2, &dout);
    let out = |x: &[f64]| global_average_pooling2d::forward(batch, pixels, 2, x);
    found.push(gradient("global_average_pooling2d", "x", deviation(out, &dout, &x, &dx)));
    found
}
