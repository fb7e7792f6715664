//! Convolution of every channel by itself.

use ocellus::check::{Bench, compare};
use ocellus::gpu::Gpu;
use ocellus::ops::{Activation, DepthwiseConv2d};
use ocellus::reference::{self, activation::Function};
use ocellus::shape::{Padding, Window};
use pollster::block_on;
use proptest::{prelude::*, sample::select};

use crate::geometry::{batches, channels, windows};
use crate::support::{cases, gpu, numbers, wide};

/// Made-up `x`, `kernel` and `dout`.
fn tensors(op: DepthwiseConv2d) -> [Vec<f32>; 3] {
    let DepthwiseConv2d { batch, window, channels, multiplier } = op;
    [
        numbers(1, batch * window.input_pixels() * channels),
        numbers(2, op.kernel_elements()),
        numbers(3, batch * window.output_pixels() * channels * multiplier),
    ]
}

fn check_forward(gpu: &Gpu, op: DepthwiseConv2d, with_bias: bool, activation: Activation, function: Function) {
    let DepthwiseConv2d { batch, window, channels, multiplier } = op;
    let [x, kernel, dout] = tensors(op);
    let bias = with_bias.then(|| numbers(4, channels * multiplier));
    let mut bench = Bench::new();
    let (x_view, kernel_view) = (bench.input("x", &x), bench.input("kernel", &kernel));
    let bias_view = bias.as_ref().map(|bias| bench.input("bias", bias));
    let out = bench.output("out", dout.len());
    op.forward(bench.recording(), x_view, kernel_view, bias_view, activation, out);
    let results = block_on(bench.run(gpu)).unwrap();
    let bias = bias.map(|bias| wide(&bias));
    let channels = [channels, multiplier];
    let sums =
        reference::depthwise_conv2d::forward(batch, &window, channels, &wide(&x), &wide(&kernel), bias.as_deref());
    let expected = reference::activation::forward(function, &sums);
    compare(&results.get::<f32>(out), &expected, window.rows.window * window.columns.window + 1).unwrap();
}

fn check_gradients(gpu: &Gpu, op: DepthwiseConv2d) {
    let DepthwiseConv2d { batch, window, channels, multiplier } = op;
    let [x, kernel, dout] = tensors(op);
    let mut bench = Bench::new();
    let (x_view, kernel_view, dout_view) =
        (bench.input("x", &x), bench.input("kernel", &kernel), bench.input("dout", &dout));
    let (dx, dkernel) = (bench.output("dx", x.len()), bench.output("dkernel", kernel.len()));
    let scratch = bench.scratch(op.gradient_of_kernel_scratch_bytes());
    op.gradient_of_input(bench.recording(), dout_view, kernel_view, dx);
    op.gradient_of_kernel(bench.recording(), x_view, dout_view, scratch, dkernel);
    let results = block_on(bench.run(gpu)).unwrap();
    let (x, kernel, dout) = (wide(&x), wide(&kernel), wide(&dout));
    let channels = [channels, multiplier];
    let expected = reference::depthwise_conv2d::gradient_of_input(batch, &window, channels, &dout, &kernel);
    let terms = window.rows.window * window.columns.window * multiplier;
    compare(&results.get::<f32>(dx), &expected, terms).unwrap();
    let expected = reference::depthwise_conv2d::gradient_of_kernel(batch, &window, channels, &x, &dout);
    compare(&results.get::<f32>(dkernel), &expected, batch * window.output_pixels()).unwrap();
}

fn activations() -> impl Strategy<Value = (Activation, Function)> {
    select(
        &[
            (Activation::Linear, Function::Linear),
            (Activation::Relu, Function::Relu),
            (Activation::LeakyRelu { negative_slope: 0.25 }, Function::LeakyRelu { negative_slope: 0.25 }),
        ][..],
    )
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn depthwise_conv2d_agrees_with_the_reference(
        batch in batches(),
        window in windows(3),
        channels in channels(),
        multiplier in 1usize..4,
        with_bias in any::<bool>(),
        (activation, function) in activations(),
    ) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let op = DepthwiseConv2d { batch, window, channels, multiplier };
        check_forward(&gpu, op, with_bias, activation, function);
        check_gradients(&gpu, op);
    }
}

#[test]
fn depthwise_conv2d_gradient_of_kernel_is_summed_in_parts() {
    let Some(gpu) = gpu() else { return };
    let window = Window::new([17, 9], [3, 3], [1, 1], [1, 1], Padding::Same).unwrap();
    // 85 rows in parts of 2, the last of which is smaller.
    let op = DepthwiseConv2d { batch: 5, window, channels: 3, multiplier: 1 };
    let parts = op.gradient_of_kernel_scratch_bytes() / (4 * op.kernel_elements() as u64);
    assert_eq!(parts, 43);
    check_gradients(&gpu, op);
}

#[test]
fn depthwise_conv2d_gradient_of_kernel_of_one_row_needs_no_scratch() {
    let Some(gpu) = gpu() else { return };
    let window = Window::new([3, 17], [3, 3], [1, 1], [1, 1], Padding::Valid).unwrap();
    let op = DepthwiseConv2d { batch: 1, window, channels: 7, multiplier: 1 };
    assert_eq!(op.gradient_of_kernel_scratch_bytes(), 0);
    check_gradients(&gpu, op);
}
