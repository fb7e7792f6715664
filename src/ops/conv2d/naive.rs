//! The naive kernels, one output per invocation: the oracles of the others, and what runs where no other does.

use super::Conv2d;
use crate::gpu::{Dispatch, Kernel, Recording, View, kernel};
use crate::ops::ending::Ending;
use crate::ops::parts::{Parts, Sum};
use crate::ops::window::WindowParams;

kernel! {
    /// One output per invocation.
    struct Forward("conv2d/forward.naive") { bias: bool, activation: u32 }
}

kernel! {
    /// One element of the input's gradient per invocation.
    struct GradientOfInput("conv2d/gradient_of_input.naive") { activation: u32 }
}

kernel! {
    /// One element of a part of the kernel's gradient per invocation.
    struct GradientOfKernel("conv2d/gradient_of_kernel.naive") {}
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    window: WindowParams,
    batch: u32,
    input_channels: u32,
    output_channels: u32,
    parameter: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GradientOfKernelParams {
    window: WindowParams,
    rows: u32,
    rows_per_part: u32,
    input_channels: u32,
    output_channels: u32,
}

/// Appends the forward pass.
pub(super) fn forward(op: Conv2d, recording: &mut Recording, x: View, kernel: View, ending: Ending) {
    let (bias, activation) = (ending.bias().is_some(), ending.activation());
    let bindings = [&[("x", x), ("kernel", kernel)], ending.bindings(kernel).as_slice()].concat();
    let kernel = Forward { bias, activation: activation.number() }.into();
    record(op, recording, "conv2d: forward", kernel, activation.parameter(), &bindings, op.output_elements());
}

/// Appends the gradient of the input.
pub(super) fn gradient_of_input(op: Conv2d, recording: &mut Recording, dout: View, kernel: View, ending: Ending) {
    let activation = ending.activation();
    let bindings = [&[("dout", dout), ("kernel", kernel)], ending.bindings(kernel).as_slice()].concat();
    let kernel = GradientOfInput { activation: activation.number() }.into();
    let (label, elements) = ("conv2d: gradient of the input", op.input_elements());
    record(op, recording, label, kernel, activation.parameter(), &bindings, elements);
}

fn record(
    op: Conv2d,
    recording: &mut Recording,
    label: &str,
    kernel: Kernel,
    parameter: f32,
    bindings: &[(&'static str, View)],
    invocations: usize,
) {
    let params = Params {
        window: op.window.into(),
        batch: op.batch as u32,
        input_channels: op.input_channels as u32,
        output_channels: op.output_channels as u32,
        parameter,
    };
    recording.dispatch_products(
        op.multiply_adds(),
        Dispatch { label: label.to_owned(), kernel, params: bytemuck::bytes_of(&params), bindings, invocations },
    );
}

/// The parts of the gradient of the kernel: as few as can be.
pub(super) fn parts(op: Conv2d) -> Parts {
    // A turn for each pixel of a row, and those in which a row's loop begins and ends.
    let turns_each = op.window.columns.output + 2;
    Sum { summands: op.output_rows(), elements: op.kernel_elements(), turns_each }.in_fewest_parts()
}

/// Appends the gradient of the kernel; `scratch` as [`parts`] asks.
pub(super) fn gradient_of_kernel(
    op: Conv2d,
    recording: &mut Recording,
    x: View,
    dout: View,
    scratch: Option<View>,
    dkernel: View,
) {
    let label = "conv2d: gradient of the kernel";
    parts(op).record(recording, label, scratch, dkernel, |recording, parts, out| {
        let params = GradientOfKernelParams {
            window: op.window.into(),
            rows: op.output_rows() as u32,
            rows_per_part: parts.per_part() as u32,
            input_channels: op.input_channels as u32,
            output_channels: op.output_channels as u32,
        };
        recording.dispatch_products(
            op.multiply_adds(),
            Dispatch {
                label: label.to_owned(),
                kernel: GradientOfKernel {}.into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[("x", x), ("dout", dout), ("sums_out", out)],
                invocations: parts.count() * op.kernel_elements(),
            },
        );
    });
}
