//! `out[n, oy, ox, c * multiplier + m] = f(bias + sum over ky, kx of x[n, iy, ix, c] * kernel[ky, kx, c, m])`, where
//! `iy = oy * stride + ky * dilation - before`, `ix` likewise.

use crate::gpu::{Dispatch, Recording, View};
use crate::ops::ending::Ending;
use crate::ops::parts::{Parts, Sum};
use crate::ops::window::Windowed;
use crate::ops::{Activated, Activation};
use crate::shape::Window;

/// Convolution of every channel by itself, each with `multiplier` kernels. Shapes: `x` (batch, input rows, input
/// columns, channels), `kernel` (window rows, window columns, channels, multiplier), `bias` (channels * multiplier),
/// `out` (batch, output rows, output columns, channels * multiplier).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthwiseConv2d {
    /// The number of pictures.
    pub batch: usize,
    /// How the kernels slide over a picture.
    pub window: Window,
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output for each of them.
    pub multiplier: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ElementParams {
    elements: u32,
    parameter: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct GradientOfKernelParams {
    elements: u32,
    rows: u32,
    rows_per_part: u32,
}

impl DepthwiseConv2d {
    /// Invocations that the gradient of the kernel should have at least, where there are rows enough.
    const INVOCATIONS: usize = 16_384;
    /// Parts of that gradient at most, where the loops of an invocation can take that few: they are summed in one pass.
    const MOST_PARTS: usize = 64;

    /// Appends the forward pass, with `bias` where there is one and `activation` in the same kernel.
    pub fn forward(
        self,
        recording: &mut Recording,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: Activation,
        out: View,
    ) {
        let ending = Ending::Forward { bias, activation, out };
        let elements = self.batch * self.window.output_pixels() * self.channels * self.multiplier;
        let params = ElementParams { elements: elements as u32, parameter: activation.parameter() };
        recording.dispatch_products(
            self.multiply_adds(),
            Dispatch {
                label: "depthwise_conv2d: forward".to_owned(),
                kernel: self.kernel("depthwise_conv2d/forward").with_end(bias.is_some(), activation).into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[&[("x", x), ("kernel", kernel)], ending.bindings(kernel).as_slice()].concat(),
                invocations: elements,
            },
        );
    }

    /// Appends the gradient of the input: `dx[n, iy, ix, c] = sum of dout[n, oy, ox, c * multiplier + m] *
    /// kernel[ky, kx, c, m]` over m and the outputs that look at it. `dout` is the gradient before the activation.
    /// Where an activation made the input, and is given, `dx` is the gradient of what it was made of.
    pub fn gradient_of_input(
        self,
        recording: &mut Recording,
        dout: View,
        kernel: View,
        activated: Option<Activated>,
        dx: View,
    ) {
        let ending = Ending::Gradient { activated, dx };
        let elements = self.batch * self.window.input_pixels() * self.channels;
        let params = ElementParams { elements: elements as u32, parameter: ending.activation().parameter() };
        recording.dispatch_products(
            self.multiply_adds(),
            Dispatch {
                label: "depthwise_conv2d: gradient of the input".to_owned(),
                kernel: self.kernel("depthwise_conv2d/gradient_of_input").with_end(false, ending.activation()).into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[&[("dout", dout), ("kernel", kernel)], ending.bindings(kernel).as_slice()].concat(),
                invocations: elements,
            },
        );
    }

    /// Appends the gradient of the kernel: `dkernel[ky, kx, c, m] = sum over n, oy, ox of x[n, iy, ix, c] *
    /// dout[n, oy, ox, c * multiplier + m]`; `scratch` as [`DepthwiseConv2d::gradient_of_kernel_scratch_bytes`] asks.
    ///
    /// A kernel has few elements, each a sum over all pixels, so the output's rows are summed in parts first, and the
    /// parts then, each in its order: the result has the same bits every time.
    pub fn gradient_of_kernel(
        self,
        recording: &mut Recording,
        x: View,
        dout: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        let label = "depthwise_conv2d: gradient of the kernel";
        self.parts().record(recording, label, scratch, dkernel, |recording, parts, out| {
            let elements = parts.count() * self.kernel_elements();
            let params = GradientOfKernelParams {
                elements: elements as u32,
                rows: self.rows() as u32,
                rows_per_part: parts.per_part() as u32,
            };
            recording.dispatch_products(
                self.multiply_adds(),
                Dispatch {
                    label: label.to_owned(),
                    kernel: self.kernel("depthwise_conv2d/gradient_of_kernel").into(),
                    params: bytemuck::bytes_of(&params),
                    bindings: &[("x", x), ("dout", dout), ("out", out)],
                    invocations: elements,
                },
            );
        });
    }

    /// Bytes of the scratch buffer for the parts of the gradient of the kernel, shape (parts, kernel elements); 0 when
    /// it needs none.
    pub fn gradient_of_kernel_scratch_bytes(self) -> u64 {
        self.parts().scratch_bytes()
    }

    /// Multiply-adds of each of the three passes.
    pub fn multiply_adds(self) -> usize {
        self.batch * self.window.output_pixels() * self.kernel_elements()
    }

    /// Elements of the kernel.
    pub fn kernel_elements(self) -> usize {
        self.window.rows.window * self.window.columns.window * self.channels * self.multiplier
    }

    fn kernel(self, file: &'static str) -> Windowed {
        Windowed::new(file, self.window, self.channels).with_multiplier(self.multiplier)
    }

    /// The output's rows in the whole batch, over which the gradient of the kernel sums.
    fn rows(self) -> usize {
        self.batch * self.window.rows.output
    }

    fn parts(self) -> Parts {
        let elements = self.kernel_elements();
        let wanted = Self::INVOCATIONS.div_ceil(elements.max(1)).min(Self::MOST_PARTS);
        // A turn for each pixel of a row, and those in which a row's loop begins and ends.
        let turns_each = self.window.columns.output + 2;
        Sum { summands: self.rows(), elements, turns_each }.in_parts(wanted, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Padding;

    #[test]
    fn no_part_of_the_gradient_of_the_kernel_has_more_pixels_than_loops_have_turns() {
        let window = Window::new([224; 2], [3; 2], [1; 2], [1; 2], Padding::Same);
        let op = window.map(|window| DepthwiseConv2d { batch: 128, window, channels: 1, multiplier: 1 });
        let parts = op.map(DepthwiseConv2d::parts);
        assert!(parts.is_some_and(|parts| parts.count() > DepthwiseConv2d::MOST_PARTS));
        assert!(parts.is_some_and(|parts| parts.per_part() * 226 <= 60_000));
    }
}
