//! Depthwise convolution's three passes.

use super::activation::twin as activation_twin;
use super::numbers::{numbers, wide};
use super::shapes::{Draw, odd_windows};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, Activation, DepthwiseConv2d};
use crate::reference::{self, depthwise_conv2d as twin};
use crate::shape::{Padding, Window};

/// All passes, the forward one with an activation and, where it has one, a bias; the gradient of the input through the same
/// activation, as if that had made it.
pub fn case(op: DepthwiseConv2d, has_bias: bool, activation: Activation) -> Case {
    let DepthwiseConv2d { batch, window, channels, multiplier } = op;
    let taps = window.rows.window * window.columns.window;
    let x = numbers(1, batch * window.input_pixels() * channels);
    let kernel = numbers(2, op.kernel_elements());
    let dout = numbers(3, batch * window.output_pixels() * channels * multiplier);
    let bias = numbers(4, channels * multiplier);
    let mut case = Case::new(op);
    let [x_view, kernel_view, dout_view, bias_view] =
        [("x", &x), ("kernel", &kernel), ("dout", &dout), ("bias", &bias)]
            .map(|(name, values)| case.bench.input(name, values));
    let out = case.bench.output("out", dout.len());
    let (dx, dkernel) = (case.bench.output("dx", x.len()), case.bench.output("dkernel", kernel.len()));
    let scratch = case.bench.scratch(op.gradient_of_kernel_scratch_bytes());
    let recording = case.bench.recording();
    op.forward(recording, x_view, kernel_view, has_bias.then_some(bias_view), activation, out);
    op.gradient_of_input(recording, dout_view, kernel_view, Activated::new(activation, x_view), dx);
    op.gradient_of_kernel(recording, x_view, dout_view, scratch, dkernel);

    let (x, kernel, dout, bias) = (wide(&x), wide(&kernel), wide(&dout), has_bias.then(|| wide(&bias)));
    let channels = [channels, multiplier];
    let sums = twin::forward(batch, &window, channels, &x, &kernel, bias.as_deref());
    case.agrees(out, "forward", reference::activation::forward(activation_twin(activation), &sums), taps + 1);
    let expected = twin::gradient_of_input(batch, &window, channels, &dout, &kernel);
    let expected = reference::activation::gradient(activation_twin(activation), &x, &expected);
    case.agrees(dx, "gradient of the input", expected, taps * multiplier + 1);
    let (expected, pixels) =
        (twin::gradient_of_kernel(batch, &window, channels, &x, &dout), batch * window.output_pixels());
    if let Some(scratch) = scratch {
        case.adds_up(scratch, "parts of the gradient of the kernel", expected.clone(), pixels);
    }
    case.agrees(dkernel, "gradient of the kernel", expected, pixels);
    case
}

/// The activations that it is tried with, whose inputs and outputs have the same sign and so the same gradient.
pub const ACTIVATIONS: [Activation; 3] =
    [Activation::Linear, Activation::Relu, Activation::LeakyRelu { negative_slope: 0.25 }];

/// Several rows whose gradient of the kernel is summed in parts, the last of which is smaller.
pub fn in_parts() -> Option<DepthwiseConv2d> {
    let window = Window::new([17, 9], [3, 3], [1, 1], [1, 1], Padding::Same)?;
    Some(DepthwiseConv2d { batch: 5, window, channels: 3, multiplier: 1 })
}

/// One row of outputs, whose gradient needs no parts.
pub fn in_one_part() -> Option<DepthwiseConv2d> {
    let window = Window::new([3, 17], [3, 3], [1, 1], [1, 1], Padding::Valid)?;
    Some(DepthwiseConv2d { batch: 1, window, channels: 7, multiplier: 1 })
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |batch, window, channels, multiplier| DepthwiseConv2d { batch, window, channels, multiplier };
    let mut draw = Draw::new(41);
    let odd = odd_windows().into_iter().zip([1, 3, 7, 4]).enumerate();
    let mut quick: Vec<_> = odd
        .map(|(place, (window, channels))| (op(2, window, channels, 1 + place % 2), place == 1, ACTIVATIONS[place % 3]))
        .collect();
    quick.extend(in_one_part().map(|op| (op, true, Activation::Relu)));
    let mut more: Vec<_> = (0..30)
        .map(|_| {
            let op = op(draw.among(&[1, 3]), draw.window(3), draw.among(&[1, 3, 7, 17, 4, 8]), draw.among(&[1, 2, 3]));
            (op, draw.among(&[true, false]), draw.among(&ACTIVATIONS))
        })
        .collect();
    more.extend(in_parts().map(|op| (op, true, Activation::Relu)));
    planned(extent, quick, more, |(op, bias, activation)| case(op, bias, activation))
}
