//! A window's geometry as shaders take it.

use crate::gpu::kernel;
use crate::ops::Activation;
use crate::shape::Window;

/// `struct Window` of `shaders/common/window.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct WindowParams {
    input: [u32; 2],
    output: [u32; 2],
    window: [u32; 2],
    stride: [u32; 2],
    dilation: [u32; 2],
    before: [u32; 2],
}

impl From<Window> for WindowParams {
    fn from(window: Window) -> Self {
        let Window { rows, columns } = window;
        let pair = |row: usize, column: usize| [row as u32, column as u32];
        Self {
            input: pair(rows.input, columns.input),
            output: pair(rows.output, columns.output),
            window: pair(rows.window, columns.window),
            stride: pair(rows.stride, columns.stride),
            dilation: pair(rows.dilation, columns.dilation),
            before: pair(rows.before, columns.before),
        }
    }
}

kernel! {
    /// A kernel over `shaders/common/axes.wgsl`: specialised to a window, so that no division is by a number that the
    /// compiler does not know and all loops over taps unroll. On lavapipe the gradients are up to four times as fast
    /// as with the geometry in a uniform. Each kernel uses its part of the constants.
    pub(super) struct Windowed([file]) {
        input_rows: u32,
        input_columns: u32,
        output_rows: u32,
        output_columns: u32,
        window_rows: u32,
        window_columns: u32,
        stride_rows: u32,
        stride_columns: u32,
        dilation_rows: u32,
        dilation_columns: u32,
        before_rows: u32,
        before_columns: u32,
        channels: u32,
        multiplier: u32,
        bias: bool,
        activation: u32,
    }
}

impl Windowed {
    /// The kernel of `file` for a window over pictures of `channels` channels.
    pub(super) fn new(file: &'static str, window: Window, channels: usize) -> Self {
        let Window { rows, columns } = window;
        Self {
            file,
            input_rows: rows.input as u32,
            input_columns: columns.input as u32,
            output_rows: rows.output as u32,
            output_columns: columns.output as u32,
            window_rows: rows.window as u32,
            window_columns: columns.window as u32,
            stride_rows: rows.stride as u32,
            stride_columns: columns.stride as u32,
            dilation_rows: rows.dilation as u32,
            dilation_columns: columns.dilation as u32,
            before_rows: rows.before as u32,
            before_columns: columns.before as u32,
            channels: channels as u32,
            multiplier: 1,
            bias: false,
            activation: Activation::Linear.number(),
        }
    }

    /// The same with `multiplier` outputs per channel.
    pub(super) fn with_multiplier(self, multiplier: usize) -> Self {
        Self { multiplier: multiplier as u32, ..self }
    }

    /// The same with a bias, or without, and an activation at its end.
    pub(super) fn with_end(self, bias: bool, activation: Activation) -> Self {
        Self { bias, activation: activation.number(), ..self }
    }
}
