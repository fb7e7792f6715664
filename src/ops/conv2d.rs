//! Convolution of pictures: `out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] *
//! kernel[ky, kx, ci, co])`, where `iy = oy * stride + ky * dilation - before`, `ix` likewise.
//!
//! As everywhere in deep learning this is cross-correlation: the kernel is not flipped.

mod block;
mod kernel_block;
mod naive;
mod subgroup;
mod tile;

use block::Pool;
pub(super) use block::{ForwardBlock, InputBlock};
pub(super) use kernel_block::KernelBlock;

use crate::gpu::{Recording, View};
use crate::ops::{Activated, Activation, KernelChoice, MaxPooling2d};
use crate::shape::{Window, WindowAxis};

/// A convolution of `batch` pictures. Shapes: `x` (batch, input rows, input columns, input channels), `kernel`
/// (window rows, window columns, input channels, output channels), `bias` (output channels), `out` (batch, output
/// rows, output columns, output channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// The number of pictures.
    pub batch: usize,
    /// How the kernel slides over a picture.
    pub window: Window,
    /// Channels of the input.
    pub input_channels: usize,
    /// Channels of the output, Keras' filters.
    pub output_channels: usize,
}

impl Conv2d {
    /// Appends the forward pass, with `bias` where there is one and `activation` in the same kernel.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: Activation,
        out: View,
    ) {
        // A shader's binding must be bound to something: without a bias it is never read.
        let bindings = &[("x", x), ("kernel", kernel), ("bias", bias.unwrap_or(kernel)), ("out", out)];
        let has_bias = bias.is_some();
        match ForwardBlock::choose(self, choice) {
            Some(block) => block.record(recording, "conv2d: forward", has_bias, activation, bindings),
            None => naive::forward(self, recording, has_bias, activation, bindings),
        }
    }

    /// Whether [`Conv2d::forward_pooled`] has a kernel that ends in this pooling.
    pub fn can_pool(self, choice: KernelChoice, pooling: MaxPooling2d) -> bool {
        self.pool_of(pooling)
            .is_some_and(|window| ForwardBlock::pooled(self, choice, Pool { window, winners: false }).is_some())
    }

    /// Appends the forward pass with max pooling in the same kernel: `out` and `winners` are as
    /// [`MaxPooling2d::forward`] gives them of what [`Conv2d::forward`] would give. Nothing where there is no such kernel.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn forward_pooled(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        pooling: MaxPooling2d,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: Activation,
        out: View,
        winners: Option<View>,
    ) {
        let pool = |window| Pool { window, winners: winners.is_some() };
        let blocks = |window| ForwardBlock::pooled(self, choice, pool(window));
        let Some(block) = self.pool_of(pooling).and_then(blocks) else { return };
        let mut bindings = vec![("x", x), ("kernel", kernel), ("bias", bias.unwrap_or(kernel)), ("out", out)];
        bindings.extend(winners.map(|winners| ("winners", winners)));
        block.record(recording, "conv2d and max_pooling2d: forward", bias.is_some(), activation, &bindings);
    }

    /// Appends the gradient of the kernel from `dout`, the gradient of what `pooling` makes of the output, and its
    /// `winners`; `scratch` as [`Conv2d::pooled_gradient_of_kernel_scratch_bytes`] asks. Nothing where that is `None`.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn pooled_gradient_of_kernel(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        pooling: MaxPooling2d,
        x: View,
        dout: View,
        winners: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        let Some(block) = self.pool_of(pooling).and_then(|pool| KernelBlock::pooled(self, choice, pool)) else {
            return;
        };
        let sources = [("x", x), ("dout", dout), ("winners", winners)];
        block.record(recording, "conv2d and max_pooling2d: gradient of the kernel", &sources, scratch, dkernel);
    }

    /// Bytes of the scratch buffer that [`Conv2d::pooled_gradient_of_kernel`] needs, 0 when it needs none; `None` where no
    /// kernel takes the gradient of this pooling.
    pub fn pooled_gradient_of_kernel_scratch_bytes(self, choice: KernelChoice, pooling: MaxPooling2d) -> Option<u64> {
        Some(KernelBlock::pooled(self, choice, self.pool_of(pooling)?)?.scratch_bytes())
    }

    /// Appends the gradient of the input, as [`Conv2d::gradient_of_input`], from `dout`, the gradient of what `pooling`
    /// makes of the output, and its `winners`. Nothing where no kernel takes it.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn pooled_gradient_of_input(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        pooling: MaxPooling2d,
        dout: View,
        winners: View,
        kernel: View,
        activated: Option<Activated>,
        dx: View,
    ) {
        let Some(block) = self.pool_of(pooling).and_then(|pool| InputBlock::pooled(self, choice, pool)) else {
            return;
        };
        let sources = [("dout", dout), ("winners", winners)];
        block.record(recording, "conv2d and max_pooling2d: gradient of the input", &sources, kernel, activated, dx);
    }

    /// Whether [`Conv2d::pooled_gradient_of_input`] has a kernel.
    pub fn has_pooled_gradient_of_input(self, choice: KernelChoice, pooling: MaxPooling2d) -> bool {
        self.pool_of(pooling).is_some_and(|pool| InputBlock::pooled(self, choice, pool).is_some())
    }

    /// The windows of `pooling`, rows and columns, where they lie side by side and cover all of the output: the kernels rely
    /// on whole ones.
    fn pool_of(self, pooling: MaxPooling2d) -> Option<[usize; 2]> {
        let Window { rows, columns } = pooling.window;
        let covers = |axis: WindowAxis, output: usize| {
            axis.stride == axis.window && axis.before == 0 && axis.output * axis.window == output
        };
        let covered = covers(rows, self.window.rows.output) && covers(columns, self.window.columns.output);
        // Windows of one pixel pool nothing; the kernels that pool nothing have no winners.
        covered.then_some([rows.window, columns.window]).filter(|pool| *pool != [1, 1])
    }

    /// Appends the gradient of the input: `dx[n, iy, ix, ci] = sum of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]`
    /// over the outputs that look at it. Where an activation made the input, and is given, `dx` is the gradient of what
    /// it was made of.
    pub fn gradient_of_input(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        dout: View,
        kernel: View,
        activated: Option<Activated>,
        dx: View,
    ) {
        if let Some(block) = InputBlock::choose(self, choice) {
            return block.record(recording, "conv2d: gradient of the input", &[("dout", dout)], kernel, activated, dx);
        }
        naive::gradient_of_input(self, recording, dout, kernel, activated, dx);
    }

    /// Appends the gradient of the kernel: `dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] *
    /// dout[n, oy, ox, co]`; `scratch` as [`Conv2d::gradient_of_kernel_scratch_bytes`] asks.
    pub fn gradient_of_kernel(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        dout: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        match KernelBlock::choose(self, choice) {
            Some(block) => {
                let sources = [("x", x), ("dout", dout)];
                block.record(recording, "conv2d: gradient of the kernel", &sources, scratch, dkernel);
            }
            None => naive::gradient_of_kernel(self, recording, x, dout, scratch, dkernel),
        }
    }

    /// Bytes of the scratch buffer that the gradient of the kernel needs; 0 when it needs none.
    pub fn gradient_of_kernel_scratch_bytes(self, choice: KernelChoice) -> u64 {
        KernelBlock::choose(self, choice).map_or(naive::parts(self).scratch_bytes(), KernelBlock::scratch_bytes)
    }

    /// Summands of one output.
    pub fn terms(self) -> usize {
        self.window.rows.window * self.window.columns.window * self.input_channels
    }

    /// Multiply-adds of each of the three passes.
    pub fn multiply_adds(self) -> usize {
        self.output_elements() * self.terms()
    }

    /// Elements of the input.
    pub fn input_elements(self) -> usize {
        self.batch * self.window.rows.input * self.window.columns.input * self.input_channels
    }

    /// Elements of the kernel.
    pub fn kernel_elements(self) -> usize {
        self.terms() * self.output_channels
    }

    /// Elements of the output.
    pub fn output_elements(self) -> usize {
        self.batch * self.window.rows.output * self.window.columns.output * self.output_channels
    }

    /// The output's rows in the whole batch, over which the gradient of the kernel sums.
    fn output_rows(self) -> usize {
        self.batch * self.window.rows.output
    }
}
