//! Convolution of pictures: `out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] *
//! kernel[ky, kx, ci, co])`, where `iy = oy * stride + ky * dilation - before`, `ix` likewise.
//!
//! As everywhere in deep learning this is cross-correlation: the kernel is not flipped.

mod block;
mod kernel_block;
mod naive;
mod pixel_block;
mod subgroup;
mod tile;

use block::Pool;
pub(super) use kernel_block::KernelBlock;
pub(super) use pixel_block::PixelBlock;

use crate::gpu::{Recording, View};
use crate::ops::ending::Ending;
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

/// A pass as a matrix product: an element of the result for each row and column, each the sum of so many products.
#[derive(Clone, Copy, Debug)]
struct Extents {
    rows: usize,
    columns: usize,
    terms: usize,
}

impl Conv2d {
    /// Appends the forward pass, with `bias` where there is one and `activation` in the same kernel; `scratch` as
    /// [`Conv2d::forward_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: Activation,
        scratch: Option<View>,
        out: View,
    ) {
        let ending = Ending::Forward { bias, activation, out };
        match PixelBlock::forward(self, choice) {
            Some(block) => block.record(recording, "conv2d: forward", &[("x", x)], kernel, ending, scratch),
            None => naive::forward(self, recording, x, kernel, ending),
        }
    }

    /// Bytes of the scratch buffer that the forward pass needs; 0 when it needs none.
    pub fn forward_scratch_bytes(self, choice: KernelChoice) -> u64 {
        PixelBlock::forward(self, choice).map_or(0, PixelBlock::scratch_bytes)
    }

    /// Appends the forward pass with max pooling in the same kernel: `out` and `winners` are as
    /// [`MaxPooling2d::forward`] gives them of what [`Conv2d::forward`] would give; `scratch` as
    /// [`Conv2d::forward_pooled_scratch_bytes`] asks. Nothing where that is `None`.
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
        scratch: Option<View>,
        out: View,
        winners: Option<View>,
    ) {
        let Some(block) = self.pooled_forward(choice, pooling, winners.is_some()) else { return };
        let ending = Ending::Pooled { bias, activation, out, winners };
        block.record(recording, "conv2d and max_pooling2d: forward", &[("x", x)], kernel, ending, scratch);
    }

    /// Bytes of the scratch buffer that [`Conv2d::forward_pooled`] needs, 0 when it needs none; `None` where no kernel ends
    /// in this pooling.
    pub fn forward_pooled_scratch_bytes(self, choice: KernelChoice, pooling: MaxPooling2d) -> Option<u64> {
        // The winners change nothing of it.
        Some(self.pooled_forward(choice, pooling, false)?.scratch_bytes())
    }

    fn pooled_forward(self, choice: KernelChoice, pooling: MaxPooling2d, winners: bool) -> Option<PixelBlock> {
        let window = self.pool_of(pooling)?;
        PixelBlock::pooled_forward(self, choice, Pool { window, winners })
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
    /// makes of the output, and its `winners`; `scratch` as [`Conv2d::pooled_gradient_of_input_scratch_bytes`] asks. Nothing
    /// where that is `None`.
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
        scratch: Option<View>,
        dx: View,
    ) {
        let Some(block) =
            self.pool_of(pooling).and_then(|pool| PixelBlock::pooled_gradient_of_input(self, choice, pool))
        else {
            return;
        };
        let (sources, ending) = ([("dout", dout), ("winners", winners)], Ending::Gradient { activated, dx });
        let label = "conv2d and max_pooling2d: gradient of the input";
        block.record(recording, label, &sources, kernel, ending, scratch);
    }

    /// Bytes of the scratch buffer that [`Conv2d::pooled_gradient_of_input`] needs, 0 when it needs none; `None` where no
    /// kernel takes the gradient of this pooling.
    pub fn pooled_gradient_of_input_scratch_bytes(self, choice: KernelChoice, pooling: MaxPooling2d) -> Option<u64> {
        Some(PixelBlock::pooled_gradient_of_input(self, choice, self.pool_of(pooling)?)?.scratch_bytes())
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
    /// it was made of. `scratch` as [`Conv2d::gradient_of_input_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn gradient_of_input(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        dout: View,
        kernel: View,
        activated: Option<Activated>,
        scratch: Option<View>,
        dx: View,
    ) {
        let ending = Ending::Gradient { activated, dx };
        match PixelBlock::gradient_of_input(self, choice) {
            Some(block) => {
                block.record(recording, "conv2d: gradient of the input", &[("dout", dout)], kernel, ending, scratch);
            }
            None => naive::gradient_of_input(self, recording, dout, kernel, ending),
        }
    }

    /// Bytes of the scratch buffer that the gradient of the input needs; 0 when it needs none.
    pub fn gradient_of_input_scratch_bytes(self, choice: KernelChoice) -> u64 {
        PixelBlock::gradient_of_input(self, choice).map_or(0, PixelBlock::scratch_bytes)
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

    /// The forward pass as a matrix product: rows are the output's pixels.
    fn forward_extents(self) -> Extents {
        let rows = self.batch * self.window.output_pixels();
        Extents { rows, columns: self.output_channels, terms: self.terms() }
    }

    /// The gradient of the input as a matrix product: rows are the input's pixels.
    fn input_extents(self) -> Extents {
        let rows = self.batch * self.window.input_pixels();
        let taps = self.window.rows.window * self.window.columns.window;
        Extents { rows, columns: self.input_channels, terms: taps * self.output_channels }
    }

    /// The output's rows in the whole batch, over which the gradient of the kernel sums.
    fn output_rows(self) -> usize {
        self.batch * self.window.rows.output
    }
}
